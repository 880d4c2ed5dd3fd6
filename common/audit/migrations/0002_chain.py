"""The chain and its guards, in plain SQL (docs/adr/0004-audit-chain.md tells why each part is as it is)."""

from django.db import migrations

CHAIN = r"""
-- One text per event, the same for every client: netstrings ("octets:value,"; "-," for NULL) in column order.
CREATE FUNCTION audit_field(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT CASE WHEN value IS NULL THEN '-,' ELSE octet_length(convert_to(value, 'UTF8')) || ':' || value || ',' END
$$;

-- A commit passes two stages. The first runs among all deferred checks of the transaction and takes no lock; the row it
-- leaves in audit_pending queues the second behind every foreign-key check, which may have to wait for rows that others
-- hold. So whoever holds the chain's lock waits for nobody, and two commits cannot deadlock over it.
CREATE UNLOGGED TABLE audit_pending (event_id bigint PRIMARY KEY);

CREATE FUNCTION audit_stage() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    EXECUTE format('INSERT INTO %I.audit_pending (event_id) VALUES ($1)', TG_TABLE_SCHEMA) USING NEW.id;
    RETURN NULL;
END
$$;

CREATE FUNCTION audit_chain() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    e audit_auditevent%ROWTYPE;
    last audit_auditlink%ROWTYPE;
    place bigint;
    before text;
BEGIN
    DELETE FROM audit_pending WHERE event_id = NEW.event_id;
    SELECT * INTO STRICT e FROM audit_auditevent WHERE id = NEW.event_id;
    PERFORM pg_advisory_xact_lock(7305611402185);
    -- A new statement, hence (READ COMMITTED) a new snapshot: it sees the link of whoever held the lock before.
    SELECT * INTO last FROM audit_auditlink ORDER BY seq DESC LIMIT 1;
    place := coalesce(last.seq, 0) + 1;
    before := coalesce(last.hash, repeat('0', 64));
    INSERT INTO audit_auditlink (seq, event_id, prev_hash, hash) VALUES (
        place, e.id, before,
        encode(sha256(convert_to(
            audit_field(before) || audit_field(place::text) || audit_field(e.id::text)
            || audit_field(to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
            || audit_field(e.event) || audit_field(e.subject_type) || audit_field(e.subject_id)
            || audit_field(e.actor_id::text) || audit_field(e.actor_name)
            || audit_field(e.data::text) || audit_field(host(e.ip)), 'UTF8')), 'hex'));
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER audit_stage AFTER INSERT ON audit_auditevent
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_stage();
CREATE CONSTRAINT TRIGGER audit_chain AFTER INSERT ON audit_pending
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_chain();
"""

GUARDS = r"""
CREATE FUNCTION audit_refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    -- Test databases are emptied between tests; manage.py flush asks for it, and only there it is heard.
    IF TG_OP = 'TRUNCATE' AND current_database() LIKE 'test\_%' AND current_setting('audit.flush', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'audit: % on % is refused, the table is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;

-- Links come from the chain's trigger only: an INSERT by hand runs at trigger depth 1.
CREATE FUNCTION audit_link_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'audit: links are written by the database only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON audit_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_link_append_only BEFORE UPDATE OR DELETE ON audit_auditlink
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_link_no_truncate BEFORE TRUNCATE ON audit_auditlink
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_link_from_chain BEFORE INSERT ON audit_auditlink
    FOR EACH ROW EXECUTE FUNCTION audit_link_guard();
"""

REVERSE = r"""
DROP TRIGGER audit_stage ON audit_auditevent;
DROP TRIGGER audit_event_append_only ON audit_auditevent;
DROP TRIGGER audit_event_no_truncate ON audit_auditevent;
DROP TRIGGER audit_link_append_only ON audit_auditlink;
DROP TRIGGER audit_link_no_truncate ON audit_auditlink;
DROP TRIGGER audit_link_from_chain ON audit_auditlink;
DROP TABLE audit_pending;
DROP FUNCTION audit_chain();
DROP FUNCTION audit_stage();
DROP FUNCTION audit_refuse();
DROP FUNCTION audit_link_guard();
DROP FUNCTION audit_field(text);
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunSQL(CHAIN + GUARDS, REVERSE)]
