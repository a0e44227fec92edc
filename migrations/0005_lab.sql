-- A query that a member keeps over their sandbox, with what it brought when it was last run: a materialized view.
CREATE TABLE lab_view (
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    -- What it brought, as JSON: columns and rows.
    answer TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    refreshed_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, name)
);

-- A member's way through an exercise. It belongs to the member's sandbox in a guild, so to no cohort.
CREATE TABLE exercise_run (
    guild_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    module TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    -- When all steps were done for the first time; starting over does not take it back.
    passed_at BIGINT,
    PRIMARY KEY (guild_id, member_id, module)
);

CREATE TABLE exercise_step (
    guild_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    module TEXT NOT NULL,
    step TEXT NOT NULL,
    hints BIGINT NOT NULL,
    passed_at BIGINT,
    PRIMARY KEY (guild_id, member_id, module, step)
);
