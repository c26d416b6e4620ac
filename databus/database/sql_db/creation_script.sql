-- The tables of Databus. Generated from its migrations; run it with
-- sqlcmd -b -I -f 65001 -d DATABASE -i creation_script.sql

SET XACT_ABORT ON;
GO

IF SCHEMA_ID(N'databus') IS NULL EXEC(N'CREATE SCHEMA [databus]');
GO

BEGIN TRANSACTION;

CREATE TABLE databus.alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

GO

-- Running upgrade  -> 0001

CREATE TABLE databus.queue (
    id BIGINT NOT NULL,
    client_id NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    passenger_module NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    internal_id NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    internal_folded NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    source_system NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    external_id NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    external_folded NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    seated_as NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NULL,
    [identity] BINARY(16) NOT NULL,
    puller_module NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    puller_name NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    pull_datetime DATETIME2(6) NOT NULL,
    state NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    runnable BIT NOT NULL,
    due_on DATETIME2(6) NULL,
    settled_on DATETIME2(6) NOT NULL,
    completed_on DATETIME2(6) NULL,
    log_guids NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    full_names NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NULL,
    PRIMARY KEY (id)
);

GO

execute sp_addextendedproperty 'MS_Description', N'Passengers on their way, one row each', 'schema', databus, 'table', queue;

GO

execute sp_addextendedproperty 'MS_Description', N'Grows in the order of seating', 'schema', databus, 'table', queue, 'column', id;

GO

execute sp_addextendedproperty 'MS_Description', N'internal_id in lower case, for searching', 'schema', databus, 'table', queue, 'column', internal_folded;

GO

execute sp_addextendedproperty 'MS_Description', N'external_id in lower case, for searching', 'schema', databus, 'table', queue, 'column', external_folded;

GO

execute sp_addextendedproperty 'MS_Description', N'JSON of the ids it was seated with, where they were changed since', 'schema', databus, 'table', queue, 'column', seated_as;

GO

execute sp_addextendedproperty 'MS_Description', N'Hash of client, type and seated_as', 'schema', databus, 'table', queue, 'column', [identity];

GO

execute sp_addextendedproperty 'MS_Description', N'waiting, failed, dead or complete, whoever works on it', 'schema', databus, 'table', queue, 'column', state;

GO

execute sp_addextendedproperty 'MS_Description', N'Whether a step is left that can run', 'schema', databus, 'table', queue, 'column', runnable;

GO

execute sp_addextendedproperty 'MS_Description', N'When it can run; the year 1000 means at once', 'schema', databus, 'table', queue, 'column', due_on;

GO

execute sp_addextendedproperty 'MS_Description', N'From when its life span counts', 'schema', databus, 'table', queue, 'column', settled_on;

GO

execute sp_addextendedproperty 'MS_Description', N'JSON list of the logs it is in', 'schema', databus, 'table', queue, 'column', log_guids;

GO

execute sp_addextendedproperty 'MS_Description', N'JSON of names that are too long for their columns', 'schema', databus, 'table', queue, 'column', full_names;

GO

CREATE INDEX queue_client ON databus.queue (client_id, id);

GO

CREATE UNIQUE INDEX queue_identity ON databus.queue ([identity]);

GO

CREATE UNIQUE INDEX queue_internal_id ON databus.queue (internal_folded, internal_id, client_id);

GO

CREATE INDEX queue_runnable ON databus.queue (client_id, passenger_module, runnable, id);

GO

CREATE INDEX queue_settled ON databus.queue (client_id, passenger_module, state, settled_on);

GO

CREATE INDEX queue_state ON databus.queue (client_id, passenger_module, state, id);

GO

CREATE TABLE databus.queue_lease (
    queue_id BIGINT NOT NULL,
    owner NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    until DATETIME2(6) NULL,
    fence BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (queue_id)
);

GO

execute sp_addextendedproperty 'MS_Description', N'Which drive works on a passenger until when; apart from the queue, because it changes all the time', 'schema', databus, 'table', queue_lease;

GO

execute sp_addextendedproperty 'MS_Description', N'Number of the newest claim', 'schema', databus, 'table', queue_lease, 'column', fence;

GO

execute sp_addextendedproperty 'MS_Description', N'Grows with changes by others than the drive', 'schema', databus, 'table', queue_lease, 'column', version;

GO

CREATE INDEX queue_lease_until ON databus.queue_lease (until);

GO

CREATE TABLE databus.queue_notification (
    queue_id BIGINT NOT NULL,
    position INTEGER NOT NULL,
    module NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    name NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    status NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    attempts INTEGER NOT NULL,
    last_error NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    due_on DATETIME2(6) NULL,
    dead BIT NOT NULL,
    changed_on DATETIME2(6) NULL,
    PRIMARY KEY (queue_id, position)
);

GO

execute sp_addextendedproperty 'MS_Description', N'Whether a passenger''s puller was told', 'schema', databus, 'table', queue_notification;

GO

execute sp_addextendedproperty 'MS_Description', N'incomplete or complete', 'schema', databus, 'table', queue_notification, 'column', status;

GO

execute sp_addextendedproperty 'MS_Description', N'Not tried before', 'schema', databus, 'table', queue_notification, 'column', due_on;

GO

execute sp_addextendedproperty 'MS_Description', N'Waits for an operator', 'schema', databus, 'table', queue_notification, 'column', dead;

GO

CREATE TABLE databus.queue_processor (
    queue_id BIGINT NOT NULL,
    position INTEGER NOT NULL,
    module NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    name NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    status NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    attempts INTEGER NOT NULL,
    last_error NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    due_on DATETIME2(6) NULL,
    dead BIT NOT NULL,
    changed_on DATETIME2(6) NULL,
    PRIMARY KEY (queue_id, position)
);

GO

execute sp_addextendedproperty 'MS_Description', N'How far a passenger''s processors are', 'schema', databus, 'table', queue_processor;

GO

execute sp_addextendedproperty 'MS_Description', N'incomplete or complete', 'schema', databus, 'table', queue_processor, 'column', status;

GO

execute sp_addextendedproperty 'MS_Description', N'Not tried before', 'schema', databus, 'table', queue_processor, 'column', due_on;

GO

execute sp_addextendedproperty 'MS_Description', N'Waits for an operator', 'schema', databus, 'table', queue_processor, 'column', dead;

GO

CREATE TABLE databus.queue_pusher (
    queue_id BIGINT NOT NULL,
    position INTEGER NOT NULL,
    module NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    name NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    status NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    attempts INTEGER NOT NULL,
    last_error NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    due_on DATETIME2(6) NULL,
    dead BIT NOT NULL,
    changed_on DATETIME2(6) NULL,
    PRIMARY KEY (queue_id, position)
);

GO

execute sp_addextendedproperty 'MS_Description', N'How far a passenger''s pushers are', 'schema', databus, 'table', queue_pusher;

GO

execute sp_addextendedproperty 'MS_Description', N'incomplete or complete', 'schema', databus, 'table', queue_pusher, 'column', status;

GO

execute sp_addextendedproperty 'MS_Description', N'Not tried before', 'schema', databus, 'table', queue_pusher, 'column', due_on;

GO

execute sp_addextendedproperty 'MS_Description', N'Waits for an operator', 'schema', databus, 'table', queue_pusher, 'column', dead;

GO

CREATE TABLE databus.queue_attachment (
    queue_id BIGINT NOT NULL,
    number INTEGER NOT NULL,
    position INTEGER NOT NULL,
    name NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    format NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    size BIGINT NOT NULL,
    content VARBINARY(max) NULL,
    PRIMARY KEY (queue_id, number)
);

GO

execute sp_addextendedproperty 'MS_Description', N'Attachments of passengers', 'schema', databus, 'table', queue_attachment;

GO

execute sp_addextendedproperty 'MS_Description', N'Names a content within the passenger', 'schema', databus, 'table', queue_attachment, 'column', number;

GO

execute sp_addextendedproperty 'MS_Description', N'text or binary', 'schema', databus, 'table', queue_attachment, 'column', format;

GO

execute sp_addextendedproperty 'MS_Description', N'Bytes', 'schema', databus, 'table', queue_attachment, 'column', size;

GO

execute sp_addextendedproperty 'MS_Description', N'NULL for a large one, which is in queue_attachment_piece', 'schema', databus, 'table', queue_attachment, 'column', content;

GO

CREATE TABLE databus.queue_attachment_piece (
    queue_id BIGINT NOT NULL,
    number INTEGER NOT NULL,
    piece INTEGER NOT NULL,
    content VARBINARY(max) NOT NULL,
    PRIMARY KEY (queue_id, number, piece)
);

GO

execute sp_addextendedproperty 'MS_Description', N'Contents of large attachments', 'schema', databus, 'table', queue_attachment_piece;

GO

CREATE TABLE databus.log_head (
    id BIGINT NOT NULL IDENTITY,
    client_id NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    guid NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_on DATETIME2(6) NOT NULL,
    passenger_module NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    worst SMALLINT NOT NULL,
    lines INTEGER NOT NULL,
    full_names NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NULL,
    PRIMARY KEY (id)
);

GO

execute sp_addextendedproperty 'MS_Description', N'Logs', 'schema', databus, 'table', log_head;

GO

execute sp_addextendedproperty 'MS_Description', N'0 no lines, 1 info, 2 warning, 3 error', 'schema', databus, 'table', log_head, 'column', worst;

GO

execute sp_addextendedproperty 'MS_Description', N'JSON of names that are too long for their columns', 'schema', databus, 'table', log_head, 'column', full_names;

GO

CREATE INDEX log_head_created ON databus.log_head (client_id, created_on, id);

GO

CREATE UNIQUE INDEX log_head_guid ON databus.log_head (guid, client_id);

GO

CREATE TABLE databus.log_item (
    log_id BIGINT NOT NULL,
    number INTEGER NOT NULL,
    timestamp DATETIME2(6) NOT NULL,
    type SMALLINT NOT NULL,
    source NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    message NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PRIMARY KEY (log_id, number)
);

GO

execute sp_addextendedproperty 'MS_Description', N'Lines of logs', 'schema', databus, 'table', log_item;

GO

execute sp_addextendedproperty 'MS_Description', N'1 info, 2 warning, 3 error', 'schema', databus, 'table', log_item, 'column', type;

GO

CREATE TABLE databus.document (
    client_id NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    name NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    number BIGINT NOT NULL,
    is_current BIT NOT NULL,
    version NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    saved_on DATETIME2(6) NOT NULL,
    saved_by NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    content VARBINARY(max) NOT NULL,
    full_names NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NULL,
    PRIMARY KEY (client_id, name, number)
);

GO

execute sp_addextendedproperty 'MS_Description', N'Configuration documents with their earlier versions; config.json is what counts', 'schema', databus, 'table', document;

GO

execute sp_addextendedproperty 'MS_Description', N'Grows with each version', 'schema', databus, 'table', document, 'column', number;

GO

execute sp_addextendedproperty 'MS_Description', N'JSON of names that are too long for their columns', 'schema', databus, 'table', document, 'column', full_names;

GO

CREATE INDEX document_name ON databus.document (name, is_current);

GO

CREATE TABLE databus.client (
    client_id NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    log_life_span FLOAT NULL,
    PRIMARY KEY (client_id)
);

GO

execute sp_addextendedproperty 'MS_Description', N'Clients. Shown for reading: config.json in document is what counts', 'schema', databus, 'table', client;

GO

CREATE TABLE databus.passenger (
    client_id NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    position INTEGER NOT NULL,
    module NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    queue_module NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NULL,
    sync_frequency FLOAT NULL,
    schedule NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NULL,
    queue_life_span FLOAT NULL,
    PRIMARY KEY (client_id, position)
);

GO

execute sp_addextendedproperty 'MS_Description', N'Routes of clients. Shown for reading: config.json in document is what counts', 'schema', databus, 'table', passenger;

GO

execute sp_addextendedproperty 'MS_Description', N'Minutes', 'schema', databus, 'table', passenger, 'column', sync_frequency;

GO

execute sp_addextendedproperty 'MS_Description', N'Days', 'schema', databus, 'table', passenger, 'column', queue_life_span;

GO

CREATE TABLE databus.puller (
    client_id NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    passenger_position INTEGER NOT NULL,
    position INTEGER NOT NULL,
    module NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    name NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NULL,
    PRIMARY KEY (client_id, passenger_position, position)
);

GO

execute sp_addextendedproperty 'MS_Description', N'Pullers of routes. Shown for reading: config.json in document is what counts', 'schema', databus, 'table', puller;

GO

CREATE TABLE databus.processor (
    client_id NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    passenger_position INTEGER NOT NULL,
    position INTEGER NOT NULL,
    module NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    name NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NULL,
    PRIMARY KEY (client_id, passenger_position, position)
);

GO

execute sp_addextendedproperty 'MS_Description', N'Processors of routes. Shown for reading: config.json in document is what counts', 'schema', databus, 'table', processor;

GO

CREATE TABLE databus.pusher (
    client_id NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    passenger_position INTEGER NOT NULL,
    position INTEGER NOT NULL,
    module NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    name NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NULL,
    PRIMARY KEY (client_id, passenger_position, position)
);

GO

execute sp_addextendedproperty 'MS_Description', N'Pushers of routes. Shown for reading: config.json in document is what counts', 'schema', databus, 'table', pusher;

GO

CREATE TABLE databus.webuser (
    client_id NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    position INTEGER NOT NULL,
    username NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    role NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NULL,
    PRIMARY KEY (client_id, position)
);

GO

execute sp_addextendedproperty 'MS_Description', N'Users of clients. Shown for reading: config.json in document is what counts', 'schema', databus, 'table', webuser;

GO

CREATE TABLE databus.queue_tally (
    id BIGINT NOT NULL IDENTITY,
    client_id NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    passenger_module NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    state NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    number BIGINT NOT NULL,
    full_names NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NULL,
    PRIMARY KEY (id)
);

GO

execute sp_addextendedproperty 'MS_Description', N'Changes of how many passengers of a route are in a state; their sum is the number', 'schema', databus, 'table', queue_tally;

GO

execute sp_addextendedproperty 'MS_Description', N'JSON of names that are too long for their columns', 'schema', databus, 'table', queue_tally, 'column', full_names;

GO

CREATE INDEX queue_tally_client ON databus.queue_tally (client_id);

GO

CREATE TABLE databus.held_lock (
    name NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    owner NVARCHAR(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    until DATETIME2(6) NOT NULL,
    PRIMARY KEY (name)
);

GO

execute sp_addextendedproperty 'MS_Description', N'Which drive pulls which route until when', 'schema', databus, 'table', held_lock;

GO

CREATE TABLE databus.counter (
    name NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (name)
);

GO

execute sp_addextendedproperty 'MS_Description', N'The last numbers given', 'schema', databus, 'table', counter;

GO

INSERT INTO databus.alembic_version (version_num) OUTPUT inserted.version_num VALUES ('0001');

GO

-- Running upgrade 0001 -> 0002

DROP INDEX queue_identity ON databus.queue;

GO

ALTER TABLE databus.queue ALTER COLUMN [identity] VARBINARY(65) NOT NULL;

GO

exec sp_updateextendedproperty 'MS_Description', N'Hash of client, type and source, then the external id', 'schema', databus, 'table', queue, 'column', [identity];

GO

CREATE UNIQUE INDEX queue_identity ON databus.queue ([identity]);

GO

UPDATE databus.alembic_version SET version_num='0002' WHERE databus.alembic_version.version_num = '0001';

GO

-- Running upgrade 0002 -> 0003

CREATE TABLE databus.queue_error (
    queue_id BIGINT NOT NULL,
    PRIMARY KEY (queue_id)
);

GO

execute sp_addextendedproperty 'MS_Description', N'Passengers that have an error in a step, so that they are found among many', 'schema', databus, 'table', queue_error;

GO

CREATE INDEX log_head_route ON databus.log_head (client_id, passenger_module, created_on, id);

GO

CREATE TABLE databus.queue_part (
    queue_id BIGINT NOT NULL,
    part VARBINARY(12) NOT NULL,
    PRIMARY KEY (queue_id, part)
);

GO

execute sp_addextendedproperty 'MS_Description', N'Parts of external ids, by which a search finds them; on MariaDB, MySQL and SQL Server', 'schema', databus, 'table', queue_part;

GO

execute sp_addextendedproperty 'MS_Description', N'UTF-8, in lower case', 'schema', databus, 'table', queue_part, 'column', part;

GO

CREATE INDEX queue_part_part ON databus.queue_part (part);

GO

UPDATE databus.alembic_version SET version_num='0003' WHERE databus.alembic_version.version_num = '0002';

GO

COMMIT;

GO
