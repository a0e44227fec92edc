-- One set of statements for SQLite and PostgreSQL: BIGINT, DOUBLE PRECISION and TEXT only.
-- Times are Unix milliseconds, flags are 0 or 1, Discord ids are BIGINT, our own ids are made by the application.

-- Who we are: part of every nonce, so that two installations never share one.
CREATE TABLE installation (
    id TEXT PRIMARY KEY,
    created_at BIGINT NOT NULL
);

-- Interactions whose effect is committed: one that arrives twice does nothing twice. Swept after a day.
CREATE TABLE seen_interaction (
    id BIGINT PRIMARY KEY,
    at BIGINT NOT NULL
);
CREATE INDEX seen_interaction_at ON seen_interaction (at);

CREATE TABLE cohort (
    id TEXT PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    -- The name in lower case: collations differ between the engines, so the key is made by us.
    name_key TEXT NOT NULL,
    track TEXT NOT NULL,
    path TEXT NOT NULL,
    channel_id BIGINT NOT NULL,
    moderator_role_id BIGINT,
    ping_role_id BIGINT,
    -- Five fields, standard cron; evaluated in local time.
    cron TEXT NOT NULL,
    timezone TEXT NOT NULL,
    modules_per_post BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'finished')),
    -- Every occurrence up to here has its row in post, due or skipped.
    decided_until BIGINT NOT NULL,
    -- When the moderators were told that the next modules are still drafts; told once.
    told_of_drafts_at BIGINT,
    created_by BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (guild_id, name_key)
);

CREATE TABLE enrolment (
    cohort_id TEXT NOT NULL REFERENCES cohort (id) ON DELETE CASCADE,
    member_id BIGINT NOT NULL,
    -- The member's own path on the track; the cohort's where NULL.
    path TEXT,
    joined_at BIGINT NOT NULL,
    left_at BIGINT,
    PRIMARY KEY (cohort_id, member_id)
);
CREATE INDEX enrolment_member ON enrolment (member_id);

-- What a member was called when last seen, so that a leaderboard reads well where Discord shows no mention.
CREATE TABLE member_name (
    guild_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (guild_id, member_id)
);

-- One row an occurrence, written with the decision; see docs/posting.md for the states.
CREATE TABLE post (
    id TEXT PRIMARY KEY,
    cohort_id TEXT NOT NULL REFERENCES cohort (id) ON DELETE CASCADE,
    -- Local civil time, e.g. 2026-11-23T09:00. A post made by hand carries the minute it was asked for.
    planned_local TEXT NOT NULL,
    part BIGINT NOT NULL,
    planned_at BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('lesson', 'closing')),
    decision TEXT NOT NULL CHECK (decision IN ('due', 'skip')),
    -- Why it was skipped, or the note shown with it.
    reason TEXT,
    state TEXT NOT NULL CHECK (state IN ('planned', 'sending', 'posted', 'threaded', 'done', 'failed')),
    -- Module ids, comma separated; bound when the post is sent.
    modules TEXT,
    -- The frozen message, as JSON.
    body TEXT,
    channel_id BIGINT,
    -- The channel's last message before ours: where a search for ours begins.
    after_id BIGINT,
    nonce TEXT NOT NULL,
    sent_at BIGINT,
    message_id BIGINT,
    thread_id BIGINT,
    owner TEXT,
    lease BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    failure TEXT,
    told_at BIGINT,
    decided_at BIGINT NOT NULL,
    UNIQUE (cohort_id, planned_local, part)
);
CREATE INDEX post_open ON post (state, planned_at);

-- The one source of progress: facts, appended and never changed.
CREATE TABLE learning_event (
    -- The order in which events were appended; clocks may step back, this does not.
    seq BIGINT PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    cohort_id TEXT NOT NULL,
    member_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    -- The member's civil day, e.g. 2026-11-23.
    local_date TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- What it is about: a module id, a phase, an exercise.
    subject TEXT NOT NULL,
    points BIGINT NOT NULL,
    -- A score from 0 to 1, where the kind has one.
    value DOUBLE PRECISION,
    -- The kind of mark on the same subject that this event takes back.
    retracts TEXT,
    detail TEXT
);
CREATE INDEX learning_event_member ON learning_event (cohort_id, member_id, at);

-- The views below are kept in the transaction that appends the event, and rebuilt from the log to the same values.
CREATE TABLE total (
    cohort_id TEXT NOT NULL,
    member_id BIGINT NOT NULL,
    points BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (cohort_id, member_id)
);
CREATE INDEX total_rank ON total (cohort_id, points DESC, last_at, member_id);

CREATE TABLE week_total (
    cohort_id TEXT NOT NULL,
    -- The Monday that begins the week, e.g. 2026-11-23.
    week TEXT NOT NULL,
    member_id BIGINT NOT NULL,
    points BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (cohort_id, week, member_id)
);
CREATE INDEX week_total_rank ON week_total (cohort_id, week, points DESC, last_at, member_id);

CREATE TABLE active_day (
    cohort_id TEXT NOT NULL,
    member_id BIGINT NOT NULL,
    local_date TEXT NOT NULL,
    points BIGINT NOT NULL,
    events BIGINT NOT NULL,
    PRIMARY KEY (cohort_id, member_id, local_date)
);

-- What stands on a subject: read, quiz_passed, quiz_provisional, …
CREATE TABLE mark (
    cohort_id TEXT NOT NULL,
    member_id BIGINT NOT NULL,
    subject TEXT NOT NULL,
    kind TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    times BIGINT NOT NULL,
    best DOUBLE PRECISION,
    PRIMARY KEY (cohort_id, member_id, subject, kind)
);

-- Where a member stopped reading.
CREATE TABLE bookmark (
    cohort_id TEXT NOT NULL REFERENCES cohort (id) ON DELETE CASCADE,
    member_id BIGINT NOT NULL,
    module TEXT NOT NULL,
    page BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (cohort_id, member_id, module)
);

-- The last local day on which a member was greeted with where they stand.
CREATE TABLE greeting (
    guild_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    local_date TEXT NOT NULL,
    PRIMARY KEY (guild_id, member_id)
);

-- One private thread a member and cohort. Its code is in its name, because thread creation has no nonce.
CREATE TABLE quiz_thread (
    cohort_id TEXT NOT NULL REFERENCES cohort (id) ON DELETE CASCADE,
    member_id BIGINT NOT NULL,
    code TEXT NOT NULL UNIQUE,
    channel_id BIGINT NOT NULL,
    thread_id BIGINT,
    -- A creation was sent and its answer not seen: look for the code before sending another.
    tried BIGINT NOT NULL,
    PRIMARY KEY (cohort_id, member_id)
);

CREATE TABLE attempt (
    id TEXT PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    cohort_id TEXT NOT NULL REFERENCES cohort (id) ON DELETE CASCADE,
    member_id BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('quiz', 'checkpoint', 'final', 'review')),
    -- A module id, or a phase's.
    subject TEXT NOT NULL,
    number BIGINT NOT NULL,
    seed BIGINT NOT NULL,
    -- An expired attempt waited too long, or its questions were rewritten: it does not count.
    state TEXT NOT NULL CHECK (state IN ('open', 'passed', 'provisional', 'failed', 'expired')),
    -- The question in hand, from 0.
    position BIGINT NOT NULL,
    -- From 0 to 1, provisional answers counted as right; set when it ends.
    score DOUBLE PRECISION,
    -- What it brought, for its result card.
    points BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    touched_at BIGINT NOT NULL,
    finished_at BIGINT,
    UNIQUE (cohort_id, member_id, subject, number)
);
CREATE UNIQUE INDEX attempt_open ON attempt (cohort_id, member_id) WHERE state = 'open';

-- The questions of an attempt, with the version that was asked.
CREATE TABLE asked (
    attempt_id TEXT NOT NULL REFERENCES attempt (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    question_id TEXT NOT NULL,
    question_version BIGINT NOT NULL,
    hints_shown BIGINT NOT NULL,
    PRIMARY KEY (attempt_id, position)
);

-- The messages an attempt has in its thread: a question ('0', '1', …), its result ('result'), a moderator's word
-- ('said-0'). The row is committed before the message is sent; without an id the message may or may not be there.
CREATE TABLE quiz_message (
    attempt_id TEXT NOT NULL REFERENCES attempt (id) ON DELETE CASCADE,
    part TEXT NOT NULL,
    thread_id BIGINT NOT NULL,
    nonce TEXT NOT NULL,
    message_id BIGINT,
    PRIMARY KEY (attempt_id, part)
);

-- The member's own words, kept so that a corrected key can be regraded. A choice keeps the texts chosen, as JSON.
CREATE TABLE answer (
    attempt_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    try_number BIGINT NOT NULL,
    given TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('right', 'wrong', 'retry', 'moderator')),
    score DOUBLE PRECISION NOT NULL,
    feedback TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (attempt_id, position, try_number),
    FOREIGN KEY (attempt_id, position) REFERENCES asked (attempt_id, position) ON DELETE CASCADE
);

-- What waits for a moderator: an explanation the grader could not pass, or an answer its member disputes.
CREATE TABLE review (
    id TEXT PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    cohort_id TEXT NOT NULL,
    member_id BIGINT NOT NULL,
    attempt_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'refused')),
    note TEXT,
    opened_at BIGINT NOT NULL,
    decided_by BIGINT,
    decided_at BIGINT,
    UNIQUE (attempt_id, position),
    FOREIGN KEY (attempt_id, position) REFERENCES asked (attempt_id, position) ON DELETE CASCADE
);
CREATE INDEX review_open ON review (cohort_id, state, opened_at);

-- A member's private AWS in one guild. The secret is sealed: recoverable only with the installation's key.
CREATE TABLE tenant (
    guild_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    account_id TEXT NOT NULL UNIQUE,
    access_key TEXT NOT NULL UNIQUE,
    secret_sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (guild_id, member_id)
);

-- How far a member has read a stream by /stream read.
CREATE TABLE stream_position (
    account_id TEXT NOT NULL,
    region TEXT NOT NULL,
    stream TEXT NOT NULL,
    -- When that stream was created, Unix seconds: a new stream of the same name begins anew.
    created_at BIGINT NOT NULL,
    -- Shard to sequence number, as JSON.
    position TEXT NOT NULL,
    PRIMARY KEY (account_id, region, stream)
);
