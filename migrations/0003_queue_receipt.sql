-- Messages that a member received from a queue in chat, so that a button or a command can acknowledge them after any
-- restart. A receipt handle is good for its one receive; the sandbox is asked whether it still is.
CREATE TABLE queue_receipt (
    id TEXT PRIMARY KEY,
    -- The receive that it came with: one answer shows all of them.
    receive_id TEXT NOT NULL,
    -- Its place in that answer, from 1.
    place BIGINT NOT NULL,
    account_id TEXT NOT NULL,
    region TEXT NOT NULL,
    queue TEXT NOT NULL,
    message_id TEXT NOT NULL,
    handle TEXT NOT NULL,
    -- How it begins.
    body TEXT NOT NULL,
    group_name TEXT,
    receives BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    hidden_until BIGINT NOT NULL,
    -- held, acknowledged, back (put back by the member), late (the handle had grown old) or gone (no longer in the queue)
    outcome TEXT NOT NULL
);

CREATE INDEX queue_receipt_held ON queue_receipt (account_id, region, queue, received_at);
CREATE INDEX queue_receipt_receive ON queue_receipt (receive_id);
