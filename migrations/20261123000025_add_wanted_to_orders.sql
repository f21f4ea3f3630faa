-- Whether somebody else asked for the ticket while this order held it: only then does its holder
-- have to leave the ticket to others for a while.
ALTER TABLE orders ADD COLUMN is_wanted boolean NOT NULL DEFAULT false;
