-- What an account may do. `gittix-server operator add` makes one an operator's.
ALTER TABLE users
    ADD COLUMN role text NOT NULL DEFAULT 'member',
    ADD CONSTRAINT users_role_check CHECK (role IN ('member', 'operator')),
    -- An operator's account is not deleted: another operator takes the role away first.
    ADD CONSTRAINT users_operator_check CHECK (role = 'member' OR deleted_at IS NULL);
