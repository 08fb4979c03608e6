-- What the consolidated calendar should hold, and what is known to be there.

CREATE TABLE calendar_objects (
  workspace_id bigint NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  source_id text NOT NULL,
  group_key text NOT NULL,
  object_key text NOT NULL,
  uid text NOT NULL,
  href text NOT NULL DEFAULT '',
  etag text NOT NULL DEFAULT '',
  state text NOT NULL DEFAULT 'pending',
  desired_version bigint NOT NULL DEFAULT 1,
  desired_since timestamptz NOT NULL DEFAULT now(),
  written_version bigint NOT NULL DEFAULT 0,
  written_normalised text NOT NULL DEFAULT '',
  attempt integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  not_before timestamptz,
  burst_writes integer NOT NULL DEFAULT 0,
  last_write_at timestamptz,
  claimed_by text,
  claimed_until timestamptz,
  claimed_version bigint,
  request_id text NOT NULL DEFAULT '',
  last_error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  desired jsonb,
  in_flight jsonb,
  written jsonb,
  PRIMARY KEY (workspace_id, id),
  CONSTRAINT calendar_objects_object_key UNIQUE (workspace_id, source_id, object_key),
  CONSTRAINT calendar_objects_uid UNIQUE (workspace_id, uid),
  CONSTRAINT calendar_objects_state_check CHECK (state IN ('pending', 'writing', 'clean', 'error')),
  CONSTRAINT calendar_objects_version_check CHECK (written_version <= desired_version)
);
ALTER TABLE calendar_objects
  ALTER COLUMN desired SET STATISTICS 0, ALTER COLUMN in_flight SET STATISTICS 0, ALTER COLUMN written SET STATISTICS 0;
CREATE INDEX calendar_objects_group ON calendar_objects (workspace_id, source_id, group_key);
-- Work that is due. While an object is written, next_attempt_at is the end of the lease.
CREATE INDEX calendar_objects_due ON calendar_objects (workspace_id, next_attempt_at, id) WHERE state IN ('pending', 'writing');
CREATE INDEX calendar_objects_unwritten ON calendar_objects (workspace_id, state, desired_since) WHERE state <> 'clean';

COMMENT ON TABLE calendar_objects IS 'One row is one resource of the consolidated calendar. pending -> writing -> clean | error; writing -> pending when a lease ends, a retry is asked for or the desired version moved; clean, error -> pending with a new version.';
COMMENT ON COLUMN calendar_objects.object_key IS 'source_event_id of the single event, the series or the occurrence that it stands for.';
COMMENT ON COLUMN calendar_objects.uid IS 'The UID that was minted for it; kept for as long as the row is, also when a deleted event comes back.';
COMMENT ON COLUMN calendar_objects.href IS 'Where it is in the destination; empty until it was first written, kept after a deletion.';
COMMENT ON COLUMN calendar_objects.etag IS 'Of what was last written; empty: nothing of ours is known to be there.';
COMMENT ON COLUMN calendar_objects.desired IS 'What should be there; NULL: nothing.';
COMMENT ON COLUMN calendar_objects.desired_since IS 'When desired_version was decided.';
COMMENT ON COLUMN calendar_objects.written_version IS 'The version that the destination is known to hold; clean means equal to desired_version.';
COMMENT ON COLUMN calendar_objects.written_normalised IS 'Hash of the normalised text last written; empty: unknown, write again.';
COMMENT ON COLUMN calendar_objects.written IS 'The content last written: the base of a three-way merge.';
COMMENT ON COLUMN calendar_objects.in_flight IS 'The content that is being written while a newer one was decided.';
COMMENT ON COLUMN calendar_objects.claimed_version IS 'The version that is being written.';
COMMENT ON COLUMN calendar_objects.attempt IS 'How often this version was claimed.';
COMMENT ON COLUMN calendar_objects.next_attempt_at IS 'pending: not before; writing: end of the lease, after which any writer may claim it again.';
COMMENT ON COLUMN calendar_objects.not_before IS 'Spacing of writes in quick succession: the next change is due no earlier. Deletions do not wait for it.';
COMMENT ON COLUMN calendar_objects.burst_writes IS 'How many writes in quick succession; starts over after a calm of 10 s.';
COMMENT ON COLUMN calendar_objects.last_write_at IS 'When it was last claimed for writing; NULL: nothing of it can have reached the destination.';
COMMENT ON COLUMN calendar_objects.request_id IS 'Of the delivery that brought the desired version, for the history of its write.';

CREATE TABLE event_mappings (
  workspace_id bigint NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  source_id text NOT NULL,
  source_event_id text NOT NULL,
  object_id bigint,
  caldav_uid text NOT NULL DEFAULT '',
  caldav_url text NOT NULL DEFAULT '',
  sync_status text NOT NULL DEFAULT 'pending',
  last_synced timestamptz,
  last_error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, id),
  CONSTRAINT event_mappings_source_event UNIQUE (workspace_id, source_id, source_event_id),
  CONSTRAINT event_mappings_sync_status_check CHECK (sync_status IN ('synced', 'pending', 'error', 'deleted')),
  FOREIGN KEY (workspace_id, object_id) REFERENCES calendar_objects (workspace_id, id)
);
CREATE INDEX event_mappings_object ON event_mappings (workspace_id, object_id);
CREATE INDEX event_mappings_listing ON event_mappings (workspace_id, source_id, sync_status, id);

COMMENT ON TABLE event_mappings IS 'One row maps one source event to the destination object that stands for it; many to one.';
COMMENT ON COLUMN event_mappings.sync_status IS 'synced: the destination holds it; pending: to be written; error: given up until a new version or a replay; deleted: the source deleted it.';
COMMENT ON COLUMN event_mappings.caldav_url IS 'Where the object is in the destination; empty until it was first written.';

CREATE TABLE conflict_resolutions (
  workspace_id bigint NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  object_id bigint NOT NULL,
  strategy text NOT NULL,
  winner text,
  decided_by text,
  source_version jsonb,
  destination_version jsonb,
  undone_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  resolved_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  CONSTRAINT conflict_resolutions_winner_check CHECK (winner IN ('source', 'destination', 'merged')),
  FOREIGN KEY (workspace_id, object_id) REFERENCES calendar_objects (workspace_id, id)
);
CREATE INDEX conflict_resolutions_object ON conflict_resolutions (workspace_id, object_id, id);
CREATE INDEX conflict_resolutions_open ON conflict_resolutions (workspace_id, id) WHERE resolved_at IS NULL;

COMMENT ON TABLE conflict_resolutions IS 'One row is one conflict between what a source says and what somebody changed in the destination.';
COMMENT ON COLUMN conflict_resolutions.winner IS 'NULL: waits for a person.';
COMMENT ON COLUMN conflict_resolutions.decided_by IS 'The strategy by itself, or the person.';
