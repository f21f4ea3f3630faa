-- What moved the money of an entry, by its kind and id. A payment is captured once, but it can have many refunds, each of
-- which can fail later: so an entry is unique by its source, and no longer by its payment and kind.
ALTER TABLE ledger_entries
    ADD COLUMN source text,
    ADD COLUMN source_id text;

-- Entries are added and never changed. Here they only learn their key: until now there was one capture and one refund of a
-- payment.
ALTER TABLE ledger_entries DISABLE TRIGGER ledger_entries_append_only;
UPDATE ledger_entries SET source = CASE kind WHEN 'capture' THEN 'capture' ELSE 'payment_refund' END, source_id = payment_id::text;
ALTER TABLE ledger_entries ENABLE TRIGGER ledger_entries_append_only;

ALTER TABLE ledger_entries
    -- `capture`: of the payment with this id. `refund`: the row of `refunds`. `refund_failure`: that refund has failed after
    -- it was booked. `payment_refund`: everything that a payment gave back, by versions that did not know single refunds.
    ADD CONSTRAINT ledger_entries_source_check CHECK (source IN ('capture', 'refund', 'refund_failure', 'payment_refund')),
    ALTER COLUMN source SET NOT NULL,
    ALTER COLUMN source_id SET NOT NULL,
    ADD CONSTRAINT ledger_entries_source_key UNIQUE (source, source_id, account),
    DROP CONSTRAINT ledger_entries_once_key,
    DROP CONSTRAINT ledger_entries_kind_check,
    ADD CONSTRAINT ledger_entries_kind_check CHECK (kind IN ('capture', 'refund', 'refund_failed'));

-- All entries of a payment.
CREATE INDEX ledger_entries_payment_idx ON ledger_entries (payment_id);

-- A worker of the version before this one names no source. It books a refund of a whole payment, and must not do so where
-- single refunds of it are booked already. The row lock of the order keeps the two apart.
CREATE FUNCTION name_ledger_source() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.source IS NULL THEN
        NEW.source := CASE NEW.kind WHEN 'capture' THEN 'capture' ELSE 'payment_refund' END;
        NEW.source_id := NEW.payment_id::text;
        IF NEW.kind <> 'capture' AND EXISTS (SELECT FROM ledger_entries WHERE payment_id = NEW.payment_id AND source = 'refund') THEN
            RAISE EXCEPTION 'refunds of payment % are booked one by one', NEW.payment_id
                USING ERRCODE = 'unique_violation', CONSTRAINT = 'ledger_entries_source_key';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_entries_name_source BEFORE INSERT ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION name_ledger_source();
