-- Deliveries that are durable but not yet folded. The hot path of the receiver: no foreign keys, and no index that
-- neither claiming nor an answer to a sender needs.

CREATE TABLE inbox (
  workspace_id bigint NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  source_id text NOT NULL,
  source_event_id text NOT NULL,
  operation text,
  request_id text NOT NULL,
  item integer NOT NULL DEFAULT 0,
  idempotency_key text NOT NULL,
  media text NOT NULL,
  state text NOT NULL DEFAULT 'pending',
  attempt integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  claimed_by text,
  claimed_until timestamptz,
  outcome text,
  reason text,
  object_id bigint,
  object_version bigint,
  received_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  body text NOT NULL,
  PRIMARY KEY (workspace_id, id),
  CONSTRAINT inbox_idempotency_key UNIQUE (workspace_id, source_id, idempotency_key),
  CONSTRAINT inbox_state_check CHECK (state IN ('pending', 'running', 'done', 'dead')),
  CONSTRAINT inbox_operation_check CHECK (operation IN ('create', 'update', 'delete')),
  CONSTRAINT inbox_finished_check CHECK ((finished_at IS NULL) = (state IN ('pending', 'running'))),
  CONSTRAINT inbox_media_check CHECK (media IN ('json', 'icalendar'))
);

-- Bodies over 2 KB are compressed: lz4 costs the server a third of the default's time per 4 KB body. A server that was built
-- without lz4 keeps its default.
DO $$
BEGIN
  ALTER TABLE inbox ALTER COLUMN body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
  NULL;
END $$;

-- Nobody searches in it.
ALTER TABLE inbox ALTER COLUMN body SET STATISTICS 0;

-- Work that is due. While a delivery runs, next_attempt_at is the end of its lease, so one index serves both kinds.
CREATE INDEX inbox_due ON inbox (workspace_id, next_attempt_at, id) WHERE state IN ('pending', 'running');
-- The open deliveries of one event, which are claimed together.
-- Its condition says the same in other words, so that a query can mean this index and not the one above, whose rows the planner
-- takes for few when a backlog builds up faster than statistics follow.
CREATE INDEX inbox_open_event ON inbox (workspace_id, source_id, source_event_id) WHERE finished_at IS NULL;
CREATE INDEX inbox_request ON inbox (workspace_id, request_id);
CREATE INDEX inbox_dead ON inbox (workspace_id, id) WHERE state = 'dead';
CREATE INDEX inbox_done ON inbox (workspace_id, finished_at) WHERE state = 'done';

COMMENT ON TABLE inbox IS 'One row is one delivery. pending -> running -> done | dead; running -> pending on a retry or when a lease ends; dead -> pending on replay.';
COMMENT ON COLUMN inbox.operation IS 'What the sender asked. NULL: the body could not be parsed and was refused with 400; such a row is born dead and is never replayed.';
COMMENT ON COLUMN inbox.item IS 'Position within a request that carried several.';
COMMENT ON COLUMN inbox.idempotency_key IS 'A second delivery with the same key of the same source is a duplicate while this row is kept.';
COMMENT ON COLUMN inbox.attempt IS 'How often it was claimed since it arrived or was replayed.';
COMMENT ON COLUMN inbox.next_attempt_at IS 'pending: not before; running: end of the lease, after which any worker may claim it again.';
COMMENT ON COLUMN inbox.claimed_by IS 'The worker that holds it, while running.';
COMMENT ON COLUMN inbox.outcome IS 'How folding ended, by name: applied, unchanged, stale, late, outside_window, already_deleted, create, update, delete_, skip, hold …';
COMMENT ON COLUMN inbox.object_id IS 'The destination object whose write this delivery waits for; NULL: none.';
COMMENT ON COLUMN inbox.object_version IS 'The delivery is written once calendar_objects.written_version has reached this.';
COMMENT ON COLUMN inbox.body IS 'As received, after the disclosure rules of its source.';
