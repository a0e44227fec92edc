-- A member's lag on a stream, watched in a message that is edited for a while. One a member: a second would only race the first.
CREATE TABLE stream_watch (
    guild_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    -- In its Stop button.
    id TEXT NOT NULL UNIQUE,
    channel_id BIGINT NOT NULL,
    -- None until the message is known to be there.
    message_id BIGINT,
    region TEXT NOT NULL,
    stream TEXT NOT NULL,
    -- When that stream was created, Unix seconds: a new stream of the same name is another.
    created_at BIGINT NOT NULL,
    began_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    stopped BIGINT NOT NULL,
    -- What was seen so far, as JSON, oldest first: the picture goes on after a restart.
    looks TEXT NOT NULL,
    PRIMARY KEY (guild_id, member_id)
);

-- A load that a member puts on a stream, from its first moment to its last. One left over tells that the bot was started anew.
CREATE TABLE lab_load (
    guild_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    -- In its Stop button.
    id TEXT NOT NULL UNIQUE,
    channel_id BIGINT NOT NULL,
    -- None until the message is known to be there.
    message_id BIGINT,
    region TEXT NOT NULL,
    stream TEXT NOT NULL,
    -- Rate, seconds and pattern, as JSON.
    shape TEXT NOT NULL,
    -- What the stream's open shards take in a second, in records.
    shard_limit BIGINT NOT NULL,
    stopped BIGINT NOT NULL,
    -- What was counted so far, as JSON.
    progress TEXT NOT NULL,
    PRIMARY KEY (guild_id, member_id)
);
