-- One row a domain. The record itself is a document (deploy/docs/decisions/001-registry-record-as-document.md);
-- beside it stands only what is searched for and counted. due_at: nanoseconds since 1970; 9223372036854775807 is never.
CREATE TABLE domain (
    name VARCHAR(253) NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    open_intents INTEGER NOT NULL,
    standing VARCHAR(10) NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX domain_due ON domain (due_at, name);
CREATE INDEX domain_open_intents ON domain (name) WHERE open_intents > 0;
CREATE INDEX domain_standing ON domain (standing);

-- The chains that are halted now, for counting.
CREATE TABLE halt (
    domain VARCHAR(253) NOT NULL REFERENCES domain (name),
    chain VARCHAR(20) NOT NULL,
    reason VARCHAR(40) NOT NULL,
    PRIMARY KEY (domain, chain)
);

-- A fingerprint and a selector are bound to one key for ever, but for a selector of a ring of aliases, which is bound to one
-- until that is REMOVED; rows are never deleted. since_at: when it reached its state,
-- in nanoseconds since 1970.
CREATE TABLE signing_key (
    domain VARCHAR(253) NOT NULL REFERENCES domain (name),
    number INTEGER NOT NULL,
    selector VARCHAR(120) NOT NULL,
    ring BOOLEAN NOT NULL,
    fingerprint CHAR(64) NOT NULL,
    algorithm VARCHAR(20) NOT NULL,
    state VARCHAR(20) NOT NULL,
    since_at BIGINT NOT NULL,
    PRIMARY KEY (domain, number),
    CONSTRAINT fingerprint_names_one_key UNIQUE (fingerprint)
);
CREATE UNIQUE INDEX selector_names_one_key ON signing_key (domain, selector) WHERE NOT ring OR state <> 'REMOVED';
CREATE INDEX signing_key_state ON signing_key (state, algorithm);
CREATE INDEX signing_key_since ON signing_key (state, since_at);

-- How long caches may remember what a zone denied, as each domain in it saw it (HighWater); a domain is planned with the highest of its zone that counts
-- still. Times in nanoseconds since 1970; lower_seconds is null while nothing less was seen.
CREATE TABLE zone_mark (
    domain VARCHAR(253) NOT NULL REFERENCES domain (name),
    apex VARCHAR(253) NOT NULL,
    seconds BIGINT NOT NULL,
    counts_from BIGINT NOT NULL,
    counts_until BIGINT NOT NULL,
    lower_seconds BIGINT,
    PRIMARY KEY (domain, apex)
);
CREATE INDEX zone_mark_highest ON zone_mark (apex, seconds DESC, counts_until DESC);

-- What people asked, answered for ever. Instants as ISO 8601 text, in UTC; closed_at, result and why are null while it is open.
CREATE TABLE rotation_order (
    number BIGINT NOT NULL PRIMARY KEY,
    domain VARCHAR(253) NOT NULL REFERENCES domain (name),
    kind VARCHAR(20) NOT NULL,
    key_number INTEGER,
    detail TEXT NOT NULL,
    asked_by VARCHAR(200) NOT NULL,
    asked_at VARCHAR(40) NOT NULL,
    closed_at VARCHAR(40),
    result VARCHAR(20),
    why TEXT
);

-- Private halves that people gave with an order to adopt their key. None is ever a spare, whatever became of its order.
CREATE TABLE given_key (fingerprint CHAR(64) NOT NULL PRIMARY KEY);

-- One row. The last epoch that was taken, and who this registry is in the fence of a zone, for ever.
CREATE TABLE fence (
    instance VARCHAR(100) NOT NULL,
    epoch BIGINT NOT NULL
);
INSERT INTO fence (instance, epoch) VALUES (${random_name}, 0);

CREATE TABLE order_number (last BIGINT NOT NULL);
INSERT INTO order_number (last) VALUES (0);

-- Append only, and chained: hash covers the hash before it of the same domain and every other column (HistoryHash). domain is '' for
-- what concerns the fleet, and '@hourly' for the rows that hash the heads of all. evidence: a JSON array of strings.
CREATE TABLE history (
    id ${row_id},
    domain VARCHAR(253) NOT NULL,
    number BIGINT NOT NULL,
    happened_at VARCHAR(40) NOT NULL,
    event VARCHAR(20) NOT NULL,
    key_number INTEGER,
    selector VARCHAR(120) NOT NULL,
    what TEXT NOT NULL,
    asked_by VARCHAR(200) NOT NULL,
    evidence TEXT NOT NULL,
    hash CHAR(64) NOT NULL,
    CONSTRAINT history_number UNIQUE (domain, number)
);

-- Where each domain's rows end.
CREATE TABLE history_head (
    domain VARCHAR(253) NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    last_id BIGINT NOT NULL,
    hash CHAR(64) NOT NULL
);

-- The flips of all domains: those under way, and the last that ended. Times in nanoseconds since 1970; ended_at and result are null while it is
-- under way. canary: 0 or 1.
CREATE TABLE flip (
    domain VARCHAR(253) NOT NULL REFERENCES domain (name),
    key_number INTEGER NOT NULL,
    canary INTEGER NOT NULL,
    begun_at BIGINT NOT NULL,
    ended_at BIGINT,
    result VARCHAR(20),
    PRIMARY KEY (domain, key_number)
);
CREATE INDEX flip_under_way ON flip (domain) WHERE ended_at IS NULL;

-- One row. opened_at and why are null while it is closed; reset_at until it was ever reset.
CREATE TABLE breaker (
    opened_at BIGINT,
    why TEXT,
    reset_at BIGINT
);
INSERT INTO breaker (opened_at, why, reset_at) VALUES (NULL, NULL, NULL);

-- At most one row: the highest reading of a trusted clock.
CREATE TABLE clock_mark (highest_at VARCHAR(40) NOT NULL);

-- One row, written to see whether writing works: as large as a save, for on a full disk a small write may still fit.
CREATE TABLE probe (
    times BIGINT NOT NULL,
    ballast TEXT NOT NULL
);
INSERT INTO probe (times, ballast) VALUES (0, '');
