-- Which mails users have turned off. A user without a row for a topic gets its mails.
CREATE TABLE mail_choices (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- `MailTopic` in `model/src/mails.rs`.
    topic text NOT NULL CONSTRAINT mail_choices_topic_check CHECK (topic ~ '^[a-z_]{1,40}$'),
    turned_off_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (user_id, topic)
);
