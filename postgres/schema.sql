CREATE FUNCTION public.rfc3339(at timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN to_char((at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'::text);

COMMENT ON FUNCTION public.rfc3339(at timestamp with time zone) IS 'A time as the API shows it: UTC, with a Z.';

CREATE TABLE public.api_keys (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL,
    key_hash text NOT NULL,
    label text DEFAULT ''::text NOT NULL,
    sources text[] DEFAULT '{}'::text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT api_keys_key_hash_check CHECK ((key_hash ~ '^[0-9a-f]{64}$'::text))
);

COMMENT ON TABLE public.api_keys IS 'One row is one API key. The key itself is kept nowhere.';

COMMENT ON COLUMN public.api_keys.key_hash IS 'SHA-256 of the key, lower-case hex.';

COMMENT ON COLUMN public.api_keys.sources IS 'The sources that it may post for; empty: all.';

COMMENT ON COLUMN public.api_keys.revoked_at IS 'Set to withdraw the key.';

ALTER TABLE public.api_keys ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.api_keys_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.calendar_objects (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL,
    source_id text NOT NULL,
    group_key text NOT NULL,
    object_key text NOT NULL,
    uid text NOT NULL,
    href text DEFAULT ''::text NOT NULL,
    etag text DEFAULT ''::text NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    desired_version bigint DEFAULT 1 NOT NULL,
    desired_since timestamp with time zone DEFAULT now() NOT NULL,
    written_version bigint DEFAULT 0 NOT NULL,
    written_normalised text DEFAULT ''::text NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone DEFAULT now() NOT NULL,
    not_before timestamp with time zone,
    burst_writes integer DEFAULT 0 NOT NULL,
    last_write_at timestamp with time zone,
    claimed_by text,
    claimed_until timestamp with time zone,
    claimed_version bigint,
    request_id text DEFAULT ''::text NOT NULL,
    last_error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    desired jsonb,
    in_flight jsonb,
    written jsonb,
    waits_for bigint,
    CONSTRAINT calendar_objects_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'writing'::text, 'clean'::text, 'error'::text]))),
    CONSTRAINT calendar_objects_version_check CHECK ((written_version <= desired_version))
);
ALTER TABLE ONLY public.calendar_objects ALTER COLUMN desired SET STATISTICS 0;
ALTER TABLE ONLY public.calendar_objects ALTER COLUMN in_flight SET STATISTICS 0;
ALTER TABLE ONLY public.calendar_objects ALTER COLUMN written SET STATISTICS 0;

COMMENT ON TABLE public.calendar_objects IS 'One row is one resource of the consolidated calendar. pending -> writing -> clean | error; writing -> pending when a lease ends, a retry is asked for or the desired version moved; clean, error -> pending with a new version.';

COMMENT ON COLUMN public.calendar_objects.object_key IS 'source_event_id of the single event, the series or the occurrence that it stands for.';

COMMENT ON COLUMN public.calendar_objects.uid IS 'The UID that was minted for it; kept for as long as the row is, also when a deleted event comes back.';

COMMENT ON COLUMN public.calendar_objects.href IS 'Where it is in the destination; empty until it was first written, kept after a deletion.';

COMMENT ON COLUMN public.calendar_objects.etag IS 'Of what was last written; empty: nothing of ours is known to be there.';

COMMENT ON COLUMN public.calendar_objects.desired_since IS 'When desired_version was decided.';

COMMENT ON COLUMN public.calendar_objects.written_version IS 'The version that the destination is known to hold; clean means equal to desired_version.';

COMMENT ON COLUMN public.calendar_objects.written_normalised IS 'Hash of the normalised text last written; empty: unknown, write again.';

COMMENT ON COLUMN public.calendar_objects.attempt IS 'How often this version was claimed.';

COMMENT ON COLUMN public.calendar_objects.next_attempt_at IS 'pending: not before; writing: end of the lease, after which any writer may claim it again.';

COMMENT ON COLUMN public.calendar_objects.not_before IS 'Spacing of writes in quick succession: the next change is due no earlier. Deletions do not wait for it.';

COMMENT ON COLUMN public.calendar_objects.burst_writes IS 'How many writes in quick succession; starts over after a calm of 10 s.';

COMMENT ON COLUMN public.calendar_objects.last_write_at IS 'When it was last claimed for writing; NULL: nothing of it can have reached the destination.';

COMMENT ON COLUMN public.calendar_objects.claimed_version IS 'The version that is being written.';

COMMENT ON COLUMN public.calendar_objects.request_id IS 'Of the delivery that brought the desired version, for the history of its write.';

COMMENT ON COLUMN public.calendar_objects.desired IS 'What should be there; NULL: nothing.';

COMMENT ON COLUMN public.calendar_objects.in_flight IS 'The content that is being written while a newer one was decided.';

COMMENT ON COLUMN public.calendar_objects.written IS 'The content last written: the base of a three-way merge.';

COMMENT ON COLUMN public.calendar_objects.waits_for IS 'For a deletion: the object that shows the event from then on, which is written first; NULL: nothing to wait for.';

ALTER TABLE public.calendar_objects ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.calendar_objects_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.conflict_resolutions (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL,
    object_id bigint NOT NULL,
    strategy text NOT NULL,
    winner text,
    decided_by text,
    source_version jsonb,
    destination_version jsonb,
    undone_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    resolved_at timestamp with time zone,
    CONSTRAINT conflict_resolutions_winner_check CHECK ((winner = ANY (ARRAY['source'::text, 'destination'::text, 'merged'::text])))
);

COMMENT ON TABLE public.conflict_resolutions IS 'One row is one conflict between what a source says and what somebody changed in the destination.';

COMMENT ON COLUMN public.conflict_resolutions.winner IS 'NULL: waits for a person.';

COMMENT ON COLUMN public.conflict_resolutions.decided_by IS 'The strategy by itself, or the person.';

ALTER TABLE public.conflict_resolutions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.conflict_resolutions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.event_mappings (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL,
    source_id text NOT NULL,
    source_event_id text NOT NULL,
    object_id bigint,
    caldav_uid text DEFAULT ''::text NOT NULL,
    caldav_url text DEFAULT ''::text NOT NULL,
    sync_status text DEFAULT 'pending'::text NOT NULL,
    last_synced timestamp with time zone,
    last_error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT event_mappings_sync_status_check CHECK ((sync_status = ANY (ARRAY['synced'::text, 'pending'::text, 'error'::text, 'deleted'::text])))
);

COMMENT ON TABLE public.event_mappings IS 'One row maps one source event to the destination object that stands for it; many to one.';

COMMENT ON COLUMN public.event_mappings.caldav_url IS 'Where the object is in the destination; empty until it was first written.';

COMMENT ON COLUMN public.event_mappings.sync_status IS 'synced: the destination holds it; pending: to be written; error: given up until a new version or a replay; deleted: the source deleted it.';

ALTER TABLE public.event_mappings ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.event_mappings_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.inbox (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL,
    source_id text NOT NULL,
    source_event_id text NOT NULL,
    operation text,
    request_id text NOT NULL,
    item integer DEFAULT 0 NOT NULL,
    idempotency_key text NOT NULL,
    media text NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone DEFAULT now() NOT NULL,
    claimed_by text,
    claimed_until timestamp with time zone,
    outcome text,
    reason text,
    object_id bigint,
    object_version bigint,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    body text NOT NULL,
    CONSTRAINT inbox_finished_check CHECK (((finished_at IS NULL) = (state = ANY (ARRAY['pending'::text, 'running'::text])))),
    CONSTRAINT inbox_media_check CHECK ((media = ANY (ARRAY['json'::text, 'icalendar'::text]))),
    CONSTRAINT inbox_operation_check CHECK ((operation = ANY (ARRAY['create'::text, 'update'::text, 'delete'::text]))),
    CONSTRAINT inbox_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'running'::text, 'done'::text, 'dead'::text])))
);
ALTER TABLE ONLY public.inbox ALTER COLUMN body SET STATISTICS 0;
ALTER TABLE ONLY public.inbox ALTER COLUMN body SET COMPRESSION lz4;

COMMENT ON TABLE public.inbox IS 'One row is one delivery. pending -> running -> done | dead; running -> pending on a retry or when a lease ends; dead -> pending on replay.';

COMMENT ON COLUMN public.inbox.operation IS 'What the sender asked. NULL: the body could not be parsed and was refused with 400; such a row is born dead and is never replayed.';

COMMENT ON COLUMN public.inbox.item IS 'Position within a request that carried several.';

COMMENT ON COLUMN public.inbox.idempotency_key IS 'A second delivery with the same key of the same source is a duplicate while this row is kept.';

COMMENT ON COLUMN public.inbox.attempt IS 'How often it was claimed since it arrived or was replayed.';

COMMENT ON COLUMN public.inbox.next_attempt_at IS 'pending: not before; running: end of the lease, after which any worker may claim it again.';

COMMENT ON COLUMN public.inbox.claimed_by IS 'The worker that holds it, while running.';

COMMENT ON COLUMN public.inbox.outcome IS 'How folding ended, by name: applied, unchanged, stale, late, outside_window, already_deleted, create, update, delete_, skip, hold …';

COMMENT ON COLUMN public.inbox.object_id IS 'The destination object whose write this delivery waits for; NULL: none.';

COMMENT ON COLUMN public.inbox.object_version IS 'The delivery is written once calendar_objects.written_version has reached this.';

COMMENT ON COLUMN public.inbox.body IS 'As received, after the disclosure rules of its source.';

ALTER TABLE public.inbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.inbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.schema_migrations (
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.source_calendars (
    workspace_id bigint NOT NULL,
    source_id text NOT NULL,
    display_name text DEFAULT ''::text NOT NULL,
    type text DEFAULT 'webhook'::text NOT NULL,
    priority integer DEFAULT 0 NOT NULL,
    disclosure text DEFAULT 'full'::text NOT NULL,
    expected_cadence interval,
    last_seen timestamp with time zone,
    last_change timestamp with time zone,
    sync_position text,
    enabled boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT source_calendars_disclosure_check CHECK ((disclosure = ANY (ARRAY['full'::text, 'titles'::text, 'busy'::text]))),
    CONSTRAINT source_calendars_source_id_check CHECK ((source_id <> ''::text))
);

COMMENT ON TABLE public.source_calendars IS 'One row is one source of events; a source registers itself with its first delivery.';

COMMENT ON COLUMN public.source_calendars.type IS 'How its events arrive: webhook, m365, icloud, caldav, ics.';

COMMENT ON COLUMN public.source_calendars.priority IS 'For the conflict strategy priority_based: the higher number wins.';

COMMENT ON COLUMN public.source_calendars.disclosure IS 'What may be stored of its events: full, titles (no texts), busy (times only). Applied when a delivery is received.';

COMMENT ON COLUMN public.source_calendars.expected_cadence IS 'How often something should arrive; longer silence is reported. NULL: no expectation.';

COMMENT ON COLUMN public.source_calendars.last_seen IS 'When its last delivery arrived; kept to the second, so that a busy source does not rewrite this row for every delivery.';

COMMENT ON COLUMN public.source_calendars.last_change IS 'When a delivery last changed the consolidated calendar; kept to the second.';

COMMENT ON COLUMN public.source_calendars.sync_position IS 'For pulled sources: sync-token, ctag or delta link to continue from.';

CREATE TABLE public.source_events (
    workspace_id bigint NOT NULL,
    source_id text NOT NULL,
    source_event_id text NOT NULL,
    group_key text NOT NULL,
    uid text DEFAULT ''::text NOT NULL,
    series_id text DEFAULT ''::text NOT NULL,
    recurrence_id text,
    version_modified timestamp with time zone,
    version_arrival bigint NOT NULL,
    deleted boolean DEFAULT false NOT NULL,
    deleted_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    event jsonb NOT NULL
);
ALTER TABLE ONLY public.source_events ALTER COLUMN event SET STATISTICS 0;

COMMENT ON TABLE public.source_events IS 'One row is what one source says of one event now; a deleted event stays as a tombstone, so that late updates do not revive it.';

COMMENT ON COLUMN public.source_events.group_key IS 'The id of the series that the event belongs to, or its own: what is resolved together.';

COMMENT ON COLUMN public.source_events.recurrence_id IS 'Original start of an occurrence or exception: a date, an instant in UTC, or wall time with its zone.';

COMMENT ON COLUMN public.source_events.version_modified IS 'lastModifiedDateTime of the statement that is kept; NULL where the source sent none.';

COMMENT ON COLUMN public.source_events.version_arrival IS 'inbox.id of the statement that is kept.';

COMMENT ON COLUMN public.source_events.event IS 'The normalised event, after the disclosure rules of its source.';

CREATE TABLE public.sync_history (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL,
    source_id text NOT NULL,
    source_event_id text NOT NULL,
    object_id bigint,
    inbox_id bigint,
    request_id text DEFAULT ''::text NOT NULL,
    operation_type text NOT NULL,
    status text NOT NULL,
    outcome text DEFAULT ''::text NOT NULL,
    detail text DEFAULT ''::text NOT NULL,
    warnings jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT sync_history_status_check CHECK ((status = ANY (ARRAY['success'::text, 'skipped'::text, 'error'::text, 'pending'::text])))
);

COMMENT ON TABLE public.sync_history IS 'One row is one thing that happened to one event.';

COMMENT ON COLUMN public.sync_history.inbox_id IS 'The delivery; its row may be pruned already.';

COMMENT ON COLUMN public.sync_history.operation_type IS 'create, update, delete: what the sender asked or the writer did; repair, replay: what an operator or the reconciler asked.';

COMMENT ON COLUMN public.sync_history.outcome IS 'How it ended, by name: a fold''s outcome, a write''s result, dead, repair, replay.';

COMMENT ON COLUMN public.sync_history.detail IS 'The reason, or what the server answered. No event text.';

COMMENT ON COLUMN public.sync_history.warnings IS 'What was uncertain, as a list of sentences.';

ALTER TABLE public.sync_history ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.sync_history_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.workspaces (
    workspace_id bigint NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT workspaces_name_check CHECK ((name <> ''::text))
);

COMMENT ON TABLE public.workspaces IS 'One row is the owner of one consolidated calendar.';

ALTER TABLE public.workspaces ALTER COLUMN workspace_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.workspaces_workspace_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (workspace_id, id);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_workspace_id_key_hash_key UNIQUE (workspace_id, key_hash);

ALTER TABLE ONLY public.calendar_objects
    ADD CONSTRAINT calendar_objects_object_key UNIQUE (workspace_id, source_id, object_key);

ALTER TABLE ONLY public.calendar_objects
    ADD CONSTRAINT calendar_objects_pkey PRIMARY KEY (workspace_id, id);

ALTER TABLE ONLY public.calendar_objects
    ADD CONSTRAINT calendar_objects_uid UNIQUE (workspace_id, uid);

ALTER TABLE ONLY public.conflict_resolutions
    ADD CONSTRAINT conflict_resolutions_pkey PRIMARY KEY (workspace_id, id);

ALTER TABLE ONLY public.event_mappings
    ADD CONSTRAINT event_mappings_pkey PRIMARY KEY (workspace_id, id);

ALTER TABLE ONLY public.event_mappings
    ADD CONSTRAINT event_mappings_source_event UNIQUE (workspace_id, source_id, source_event_id);

ALTER TABLE ONLY public.inbox
    ADD CONSTRAINT inbox_idempotency_key UNIQUE (workspace_id, idempotency_key, source_id);

ALTER TABLE ONLY public.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (workspace_id, id);

ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.source_calendars
    ADD CONSTRAINT source_calendars_pkey PRIMARY KEY (workspace_id, source_id);

ALTER TABLE ONLY public.source_events
    ADD CONSTRAINT source_events_pkey PRIMARY KEY (workspace_id, source_id, source_event_id);

ALTER TABLE ONLY public.sync_history
    ADD CONSTRAINT sync_history_pkey PRIMARY KEY (workspace_id, id);

ALTER TABLE ONLY public.workspaces
    ADD CONSTRAINT workspaces_name_key UNIQUE (name);

ALTER TABLE ONLY public.workspaces
    ADD CONSTRAINT workspaces_pkey PRIMARY KEY (workspace_id);

CREATE INDEX calendar_objects_due ON public.calendar_objects USING btree (workspace_id, next_attempt_at, id) WHERE (state = ANY (ARRAY['pending'::text, 'writing'::text]));

CREATE INDEX calendar_objects_group ON public.calendar_objects USING btree (workspace_id, group_key, source_id);

CREATE INDEX calendar_objects_unwritten ON public.calendar_objects USING btree (workspace_id, state, desired_since) WHERE (state <> 'clean'::text);

CREATE INDEX calendar_objects_waiting ON public.calendar_objects USING btree (workspace_id, waits_for) WHERE (waits_for IS NOT NULL);

CREATE INDEX conflict_resolutions_object ON public.conflict_resolutions USING btree (workspace_id, object_id, id);

CREATE INDEX conflict_resolutions_open ON public.conflict_resolutions USING btree (workspace_id, id) WHERE (resolved_at IS NULL);

CREATE INDEX event_mappings_listing ON public.event_mappings USING btree (workspace_id, source_id, sync_status, id);

CREATE INDEX event_mappings_object ON public.event_mappings USING btree (workspace_id, object_id);

CREATE INDEX inbox_dead ON public.inbox USING btree (workspace_id, id) WHERE (state = 'dead'::text);

CREATE INDEX inbox_done ON public.inbox USING btree (workspace_id, finished_at) WHERE (state = 'done'::text);

CREATE INDEX inbox_due ON public.inbox USING btree (workspace_id, next_attempt_at, id) WHERE (state = ANY (ARRAY['pending'::text, 'running'::text]));

CREATE INDEX inbox_open_event ON public.inbox USING btree (workspace_id, source_event_id, source_id) WHERE (finished_at IS NULL);

CREATE INDEX inbox_request ON public.inbox USING btree (workspace_id, request_id);

CREATE INDEX source_events_group ON public.source_events USING btree (workspace_id, group_key, source_id);

CREATE INDEX source_events_series ON public.source_events USING btree (workspace_id, series_id, source_id) WHERE (series_id <> ''::text);

CREATE INDEX sync_history_error ON public.sync_history USING btree (workspace_id, id) WHERE (status = 'error'::text);

CREATE INDEX sync_history_event ON public.sync_history USING btree (workspace_id, source_id, source_event_id, id);

CREATE INDEX sync_history_object ON public.sync_history USING btree (workspace_id, object_id, id) WHERE (object_id IS NOT NULL);

CREATE INDEX sync_history_source ON public.sync_history USING btree (workspace_id, source_id, id);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES public.workspaces(workspace_id);

ALTER TABLE ONLY public.conflict_resolutions
    ADD CONSTRAINT conflict_resolutions_workspace_id_object_id_fkey FOREIGN KEY (workspace_id, object_id) REFERENCES public.calendar_objects(workspace_id, id);

ALTER TABLE ONLY public.event_mappings
    ADD CONSTRAINT event_mappings_workspace_id_object_id_fkey FOREIGN KEY (workspace_id, object_id) REFERENCES public.calendar_objects(workspace_id, id);

ALTER TABLE ONLY public.source_calendars
    ADD CONSTRAINT source_calendars_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES public.workspaces(workspace_id);
