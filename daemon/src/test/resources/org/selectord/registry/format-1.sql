PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE IF NOT EXISTS "flyway_schema_history" (
    "installed_rank" INT NOT NULL PRIMARY KEY,
    "version" VARCHAR(50),
    "description" VARCHAR(200) NOT NULL,
    "type" VARCHAR(20) NOT NULL,
    "script" VARCHAR(1000) NOT NULL,
    "checksum" INT,
    "installed_by" VARCHAR(100) NOT NULL,
    "installed_on" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f','now')),
    "execution_time" INT NOT NULL,
    "success" BOOLEAN NOT NULL
);
INSERT INTO flyway_schema_history VALUES(1,'1','registry','SQL','V1__registry.sql',-694280912,'','2026-11-22 13:38:23.775',21,1);
CREATE TABLE domain (
    name VARCHAR(253) NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    open_intents INTEGER NOT NULL,
    standing VARCHAR(10) NOT NULL,
    record TEXT NOT NULL
);
INSERT INTO domain VALUES('example.net',0,1795262400123456789,0,'WAITING','{"format":1,"name":"example.net","keys":[],"orders":[],"intents":[],"waits":[],"halts":{},"waivers":[],"hold":null,"resumedAt":null,"zone":null,"aliases":null}');
INSERT INTO domain VALUES('example.org',1,1795262460123456789,1,'HALTED','{"format":1,"name":"example.org","keys":[{"id":"example.org#1","selector":"s1","algorithm":"RSA_2048","fingerprint":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","custody":"DESTROYED","record":{"owner":"s1._domainkey.example.org.","ttlSeconds":3600,"records":[{"strings":["v=DKIM1; k=rsa; n=\"\\ÿ\u0001; ","p=MIIB",""]}]},"standing":{"owner":"s1._domainkey.example.org.","ttlSeconds":3600,"records":[{"strings":["v=DKIM1; k=rsa; n=\"\\ÿ\u0001; ","p=MIIB",""]}]},"mayLandUntil":"2026-11-21T12:06:00.123456789Z","reachedAt":{"GENERATED":"2026-11-21T11:58:30.123456789Z","PUBLISHED":"2026-11-21T11:58:40.123456789Z","READY":"2026-11-21T11:58:50.123456789Z","ACTIVE":"2026-11-21T11:59:00.123456789Z","RETIRED":"2026-11-21T12:00:00.123456789Z"},"propagated":{"servers":{"ns1.example.org. 192.0.2.1:53":{"verdict":"EXACT","since":"2026-11-21T12:00:00.123456789Z","lookedAt":"2026-11-21T12:00:00.123456789Z","streak":3,"provenAt":"2026-11-21T12:00:00.123456789Z","cameBack":"NOERROR aa"},"ns2.example.org. [2001:db8::1]:53":{"verdict":"SILENT","since":"2026-11-21T12:00:00.123456789Z","lookedAt":"2026-11-21T12:00:00.123456789Z","streak":0,"provenAt":null,"cameBack":"timeout"}},"ttl":{"seconds":3600,"countsFrom":"2026-11-21T12:00:00.123456789Z","lowerSeconds":null},"lookedAt":"2026-11-21T12:00:00.123456789Z","problem":"no address of ns3.example.org."},"onPrimary":{"found":{"owner":"s1._domainkey.example.org.","ttlSeconds":3600,"records":[{"strings":["v=DKIM1; k=rsa; n=\"\\ÿ\u0001; ","p=MIIB",""]}]},"seenAt":"2026-11-21T12:00:00.123456789Z"},"uses":{"opendkim":{"kind":"STOPPED","sinceAt":"2026-11-21T12:00:00.123456789Z","seenAt":"2026-11-21T12:00:01.123456789Z","drain":"PT1H1M"},"rspamd":{"kind":"STOPPED","sinceAt":"2026-11-21T12:00:00.123456789Z","seenAt":"2026-11-21T12:00:00.123456789Z","drain":"PT0S"}},"forgotten":["opendkim"],"compromise":{"order":7,"declaredAt":"2026-11-21T11:59:57.123456789Z","stoppingAt":"2026-11-21T12:00:00.123456789Z"},"givenUp":true},{"id":"example.org#2","selector":"s20261121abcdefgh","algorithm":"RSA_4096","fingerprint":"fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210","custody":"HELD","record":{"owner":"s20261121abcdefgh._domainkey.example.org.","ttlSeconds":3600,"records":[{"strings":["v=DKIM1; k=rsa; n=\"\\ÿ\u0001; ","p=MIIB",""]}]},"standing":null,"mayLandUntil":null,"reachedAt":{"GENERATED":"2026-11-21T12:00:00.123456789Z","PUBLISHED":"2026-11-21T12:00:01.123456789Z"},"propagated":{"servers":{},"ttl":null,"lookedAt":null,"problem":null},"onPrimary":null,"uses":{},"forgotten":[],"compromise":null,"givenUp":false}],"orders":[{"number":2,"domain":"example.org","kind":"ROTATE_NOW","key":"example.org#2","detail":{"note":"a \"quoted\" word; Grüße","scope":"key"},"askedBy":"ops","askedAt":"2026-11-21T12:00:00.123456789Z","closing":null}],"intents":[{"step":{"verb":"WITHDRAW","key":"example.org#1","target":"zone example.org. at main","algorithm":"RSA_2048","change":{"owner":"s1._domainkey.example.org.","before":{"owner":"s1._domainkey.example.org.","ttlSeconds":3600,"records":[{"strings":["v=DKIM1; k=rsa; n=\"\\ÿ\u0001; ","p=MIIB",""]}]},"after":null},"dueAt":"2026-11-21T12:00:00.123456789Z","because":["its grace is over","it is used nowhere"]},"recordedAt":"2026-11-21T12:00:00.123456789Z","lookAt":"2026-11-21T12:01:00.123456789Z"}],"waits":[{"target":"zone example.org. at main","verb":"PUBLISH","key":"example.org#2","retryAt":"2026-11-21T12:00:04.123456789Z","attempts":3,"waitingFor":"127.0.0.1:53 refused it","lookedAt":"2026-11-21T12:00:00.123456789Z"}],"halts":{"RSA":{"reason":"RECORD_CHANGED","found":"\"v=DKIM1; p=\"","sinceAt":"2026-11-21T12:00:00.123456789Z"},"ED25519":{"reason":"NAME_TAKEN","found":"a CNAME","sinceAt":"2026-11-21T12:00:00.123456789Z"}},"waivers":[{"kind":"SERVER","name":"ns2.example.org.","askedAt":"2026-11-21T12:00:00.123456789Z","untilAt":"2026-11-21T12:00:09.123456789Z","reason":"it moves house","askedBy":"anna"}],"hold":{"kind":"ROLLED_BACK","sinceAt":"2026-11-21T12:00:00.123456789Z","askedBy":"anna","reason":""},"resumedAt":"2026-11-21T11:59:55.123456789Z","zone":{"apex":"example.org.","negativeTtl":{"seconds":300,"countsFrom":"2026-11-21T12:00:00.123456789Z","lowerSeconds":null},"locatedAt":"2026-11-21T12:00:00.123456789Z","cut":{"parentNegativeTtlSeconds":3600,"firstSeenAt":"2026-11-21T12:00:00.123456789Z"}},"aliases":{"zone":{"apex":"customer.example.","negativeTtl":{"seconds":60,"countsFrom":"2026-11-21T12:00:00.123456789Z","lowerSeconds":null},"locatedAt":"2026-11-21T12:00:00.123456789Z","cut":{"parentNegativeTtlSeconds":900,"firstSeenAt":"2026-11-21T12:00:00.123456789Z"}},"shown":{"sd1.example.org.dkim.example.net.":{"servers":{"ns1.customer.example. 192.0.2.9:53":{"verdict":"LOST","since":"2026-11-21T12:00:00.123456789Z","lookedAt":"2026-11-21T12:00:00.123456789Z","streak":0,"provenAt":null,"cameBack":"NXDOMAIN: no CNAME"}},"ttl":{"seconds":7200,"countsFrom":"2026-11-21T12:00:00.123456789Z","lowerSeconds":null},"lookedAt":"2026-11-21T12:00:00.123456789Z","problem":null}}}}');
CREATE TABLE halt (
    domain VARCHAR(253) NOT NULL REFERENCES domain (name),
    chain VARCHAR(20) NOT NULL,
    reason VARCHAR(40) NOT NULL,
    PRIMARY KEY (domain, chain)
);
INSERT INTO halt VALUES('example.org','RSA','RECORD_CHANGED');
INSERT INTO halt VALUES('example.org','ED25519','NAME_TAKEN');
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
INSERT INTO signing_key VALUES('example.org',1,'s1',0,'0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef','RSA_2048','RETIRED',1795262400123456789);
INSERT INTO signing_key VALUES('example.org',2,'s20261121abcdefgh',0,'fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210','RSA_4096','PUBLISHED',1795262401123456789);
CREATE TABLE zone_mark (
    domain VARCHAR(253) NOT NULL REFERENCES domain (name),
    apex VARCHAR(253) NOT NULL,
    seconds BIGINT NOT NULL,
    counts_from BIGINT NOT NULL,
    counts_until BIGINT NOT NULL,
    lower_seconds BIGINT,
    PRIMARY KEY (domain, apex)
);
INSERT INTO zone_mark VALUES('example.org','customer.example.',60,1795262400123456789,1795262460123456789,NULL);
INSERT INTO zone_mark VALUES('example.org','example.org.',300,1795262400123456789,1795262700123456789,NULL);
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
INSERT INTO rotation_order VALUES(1,'example.org','RETRY',NULL,'{}','anna','2026-11-21T11:59:00.123456789Z','2026-11-21T11:59:01.123456789Z','DONE','every wait and halt was cleared');
INSERT INTO rotation_order VALUES(2,'example.org','ROTATE_NOW',2,'{"note":"a \"quoted\" word; Grüße","scope":"key"}','ops','2026-11-21T12:00:00.123456789Z',NULL,NULL,NULL);
CREATE TABLE given_key (fingerprint CHAR(64) NOT NULL PRIMARY KEY);
CREATE TABLE fence (
    instance VARCHAR(100) NOT NULL,
    epoch BIGINT NOT NULL
);
INSERT INTO fence VALUES('026cbc808a1e3413',0);
CREATE TABLE order_number (last BIGINT NOT NULL);
INSERT INTO order_number VALUES(2);
CREATE TABLE history (
    id INTEGER PRIMARY KEY,
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
INSERT INTO history VALUES(1,'example.org',1,'2026-11-21T12:00:00.123456789Z','ORDER',NULL,'','RETRY 1 placed','anna','[]','02d041f653c95a7f5a808c7928a33576c508032d62ed40078d663e82f83d4a70');
INSERT INTO history VALUES(2,'example.org',2,'2026-11-21T12:00:00.123456789Z','RETIRED',1,'s1','from ACTIVE; it''s said so','','["ns1: \"v=DKIM1; p=\", TTL 3600 s","Grüße"]','1540f1d3da2a0cbf7b902847db1f06ca4ed80dbbe9996db6aea1f421b0baab25');
INSERT INTO history VALUES(3,'@hourly',1,'2026-11-21T12:00:00.123456789Z','HEADS',NULL,'','1 domains have new rows','','["d09a437bba17d27b6fc20df308eb2e44f0f9e5652a324cc2358bc1257669e5ae"]','4f43f52b1d9fd3c8e085269ba20c1c17d547b06fc72537b7c98ba604f3fe5191');
CREATE TABLE history_head (
    domain VARCHAR(253) NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    last_id BIGINT NOT NULL,
    hash CHAR(64) NOT NULL
);
INSERT INTO history_head VALUES('example.org',2,2,'1540f1d3da2a0cbf7b902847db1f06ca4ed80dbbe9996db6aea1f421b0baab25');
INSERT INTO history_head VALUES('@hourly',1,3,'4f43f52b1d9fd3c8e085269ba20c1c17d547b06fc72537b7c98ba604f3fe5191');
CREATE TABLE flip (
    domain VARCHAR(253) NOT NULL REFERENCES domain (name),
    key_number INTEGER NOT NULL,
    canary INTEGER NOT NULL,
    begun_at BIGINT NOT NULL,
    ended_at BIGINT,
    result VARCHAR(20),
    PRIMARY KEY (domain, key_number)
);
CREATE TABLE breaker (
    opened_at BIGINT,
    why TEXT,
    reset_at BIGINT
);
INSERT INTO breaker VALUES(NULL,NULL,NULL);
CREATE TABLE clock_mark (highest_at VARCHAR(40) NOT NULL);
INSERT INTO clock_mark VALUES('2026-11-21T12:00:00.123456789Z');
CREATE TABLE probe (
    times BIGINT NOT NULL,
    ballast TEXT NOT NULL
);
INSERT INTO probe VALUES(0,'');
CREATE INDEX "flyway_schema_history_s_idx" ON "flyway_schema_history" ("success");
CREATE INDEX domain_due ON domain (due_at, name);
CREATE INDEX domain_open_intents ON domain (name) WHERE open_intents > 0;
CREATE INDEX domain_standing ON domain (standing);
CREATE UNIQUE INDEX selector_names_one_key ON signing_key (domain, selector) WHERE NOT ring OR state <> 'REMOVED';
CREATE INDEX signing_key_state ON signing_key (state, algorithm);
CREATE INDEX signing_key_since ON signing_key (state, since_at);
CREATE INDEX zone_mark_highest ON zone_mark (apex, seconds DESC, counts_until DESC);
CREATE INDEX flip_under_way ON flip (domain) WHERE ended_at IS NULL;
COMMIT;
