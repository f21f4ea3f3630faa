-- The ledger. A transfer is two entries or more whose amounts sum to zero.
CREATE TABLE ledger_entries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transfer_id uuid NOT NULL,
    account text NOT NULL CHECK (account IN ('buyer', 'seller', 'platform')),
    -- The user whose account it is; null for the platform.
    user_id uuid REFERENCES users,
    order_id uuid NOT NULL REFERENCES orders,
    payment_id uuid NOT NULL REFERENCES payments,
    kind text NOT NULL CHECK (kind IN ('capture', 'refund')),
    -- Positive if the account receives, negative if it pays.
    amount_cents bigint NOT NULL CHECK (amount_cents <> 0),
    currency text NOT NULL CHECK (currency = 'usd'),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT ledger_entries_owner_check CHECK ((account = 'platform') = (user_id IS NULL)),
    -- A payment is captured once and refunded once.
    CONSTRAINT ledger_entries_once_key UNIQUE (payment_id, kind, account)
);

-- The check at commit.
CREATE INDEX ledger_entries_transfer_idx ON ledger_entries (transfer_id);
-- A seller's balance, and its entries, newest first.
CREATE INDEX ledger_entries_seller_idx ON ledger_entries (user_id, id DESC) INCLUDE (amount_cents) WHERE account = 'seller';

CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(amount_cents) FROM ledger_entries WHERE transfer_id = NEW.transfer_id) <> 0 THEN
        RAISE EXCEPTION 'transfer % does not add up to zero', NEW.transfer_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entries_balanced';
    END IF;
    RETURN NULL;
END $$;

-- Runs at commit, when all entries of a transfer exist.
CREATE CONSTRAINT TRIGGER ledger_entries_balanced AFTER INSERT ON ledger_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced();
