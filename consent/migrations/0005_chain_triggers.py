"""Each person's lines are chained as they are written, and forgetting where somebody sat is the one change allowed.

`consent/chain.py` says in Python what these functions say in SQL; a test holds the two together.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION consent_part(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(octet_length(value)::text || ':' || value || ',', ':,')
$$;

CREATE FUNCTION consent_microseconds(value timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (extract(epoch FROM value) * 1000000)::bigint::text
$$;

CREATE FUNCTION consent_evidence_digest(salt bytea, line consent_consentrecord) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sha256(salt || convert_to(
        consent_part(host(line.ip_address)) || consent_part(line.user_agent)
        || consent_part(CASE WHEN line.source = 'manual' THEN line.source_detail END), 'UTF8'))
$$;

CREATE FUNCTION consent_line_bytes(line consent_consentrecord, text_digest bytea, page_digest bytea) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT convert_to(
        consent_part('1') || consent_part(line.id::text) || consent_part(line.sequence::text)
        || consent_part(line.public_id::text) || consent_part(line.contact_id::text)
        || consent_part(line.workspace_id::text) || consent_part(line.channel) || consent_part(line.topic_id::text)
        || consent_part(line.purpose) || consent_part(line.state) || consent_part(line.basis)
        || consent_part(line.source)
        || consent_part(CASE WHEN line.source <> 'manual' THEN line.source_detail END)
        || consent_part(encode(text_digest, 'hex')) || consent_part(encode(page_digest, 'hex'))
        || consent_part(line.actor_id::text) || consent_part(encode(line.evidence_digest, 'hex'))
        || consent_part(line.profile) || consent_part(to_char(line.profile_date, 'YYYY-MM-DD'))
        || consent_part(consent_microseconds(line.at)) || consent_part(consent_microseconds(line.expires_at))
        || consent_part(consent_microseconds(line.created_at)), 'UTF8')
$$;

CREATE FUNCTION consent_chain_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last record;
    text_digest bytea;
    page_digest bytea;
BEGIN
    -- Of lines written in one statement each sees those before it; writers of one person take turns by the lock
    -- on the contact, and the unique (contact, sequence) stops whoever did not.
    SELECT known.sequence, known.hash INTO last FROM consent_consentrecord known
    WHERE known.contact_id = NEW.contact_id AND known.sequence IS NOT NULL ORDER BY known.sequence DESC LIMIT 1;
    NEW.sequence := coalesce(last.sequence, 0) + 1;
    NEW.previous_hash := coalesce(last.hash, decode(repeat('00', 32), 'hex'));
    IF NEW.ip_address IS NOT NULL OR NEW.user_agent <> '' OR (NEW.source = 'manual' AND NEW.source_detail <> '') THEN
        NEW.evidence_salt := uuid_send(gen_random_uuid());
        NEW.evidence_digest := consent_evidence_digest(NEW.evidence_salt, NEW);
    ELSE
        NEW.evidence_salt := NULL;
        NEW.evidence_digest := NULL;
    END IF;
    IF NEW.text_id IS NOT NULL THEN
        SELECT sha256 INTO text_digest FROM consent_consenttext WHERE id = NEW.text_id;
    END IF;
    IF NEW.page_version_id IS NOT NULL THEN
        SELECT sha256 INTO page_digest FROM consent_pageversion WHERE id = NEW.page_version_id;
    END IF;
    NEW.hash := sha256(NEW.previous_hash || consent_line_bytes(NEW, text_digest, page_digest));
    RETURN NEW;
END
$$;
CREATE TRIGGER consent_record_chain BEFORE INSERT ON consent_consentrecord
    FOR EACH ROW WHEN (NEW.hash IS NULL) EXECUTE FUNCTION consent_chain_line();

CREATE FUNCTION consent_line_may_only_forget() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    forgotten consent_consentrecord := OLD;
BEGIN
    forgotten.ip_address := NULL;
    forgotten.user_agent := '';
    forgotten.evidence_salt := NULL;
    IF OLD.source = 'manual' THEN
        forgotten.source_detail := '';
    END IF;
    IF NEW IS DISTINCT FROM forgotten THEN
        RAISE EXCEPTION 'the consent ledger is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
DROP TRIGGER consent_record_append_only ON consent_consentrecord;
CREATE TRIGGER consent_record_append_only BEFORE DELETE ON consent_consentrecord
    FOR EACH ROW EXECUTE FUNCTION consent_ledger_is_append_only();
CREATE TRIGGER consent_record_may_only_forget BEFORE UPDATE ON consent_consentrecord
    FOR EACH ROW EXECUTE FUNCTION consent_line_may_only_forget();
CREATE TRIGGER consent_page_version_append_only BEFORE UPDATE OR DELETE ON consent_pageversion
    FOR EACH ROW EXECUTE FUNCTION consent_ledger_is_append_only();
CREATE TRIGGER consent_seal_append_only BEFORE UPDATE OR DELETE ON consent_consentseal
    FOR EACH ROW EXECUTE FUNCTION consent_ledger_is_append_only();
"""
DROP = """
DROP TRIGGER consent_seal_append_only ON consent_consentseal;
DROP TRIGGER consent_page_version_append_only ON consent_pageversion;
DROP TRIGGER consent_record_may_only_forget ON consent_consentrecord;
DROP TRIGGER consent_record_append_only ON consent_consentrecord;
CREATE TRIGGER consent_record_append_only BEFORE UPDATE OR DELETE ON consent_consentrecord
    FOR EACH ROW EXECUTE FUNCTION consent_ledger_is_append_only();
DROP FUNCTION consent_line_may_only_forget();
DROP TRIGGER consent_record_chain ON consent_consentrecord;
DROP FUNCTION consent_chain_line();
DROP FUNCTION consent_line_bytes(consent_consentrecord, bytea, bytea);
DROP FUNCTION consent_evidence_digest(bytea, consent_consentrecord);
DROP FUNCTION consent_microseconds(timestamptz);
DROP FUNCTION consent_part(text);
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0004_ledger_chain")]
    operations = [migrations.RunSQL(CREATE, DROP)]
