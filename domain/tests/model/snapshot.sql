-- One query of everything that is stored and that the model predicts.
SELECT jsonb_build_object(
    -- Everything that readers see follows from these rows and the clock; moving the clock moves the rows.
    'rows', md5(concat(
        (SELECT string_agg(e::text, ';' ORDER BY id) FROM events e),
        (SELECT string_agg(l::text, ';' ORDER BY id) FROM listings l),
        (SELECT string_agg(t::text, ';' ORDER BY id) FROM tickets t),
        (SELECT string_agg(w::text, ';' ORDER BY id) FROM waitlist_entries w),
        (SELECT string_agg(o::text, ';' ORDER BY id) FROM orders o),
        (SELECT string_agg(p::text, ';' ORDER BY id) FROM payments p),
        (SELECT string_agg(r::text, ';' ORDER BY id) FROM refunds r),
        (SELECT string_agg(d::text, ';' ORDER BY id) FROM disputes d)
    )),
    -- Without times: what changes here has moved or owes money.
    'money', md5(concat(
        (SELECT max(id) FROM ledger_entries),
        (SELECT string_agg(id || status, ';' ORDER BY id) FROM payments),
        (SELECT string_agg(id || status, ';' ORDER BY id) FROM refunds),
        (SELECT string_agg(id || status, ';' ORDER BY id) FROM disputes)
    )),
    'venues', (SELECT count(*) FROM venues),
    'events', (SELECT count(*) FROM events),
    'listings', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'event', event_id, 'waiting', waiting,
        'waitlist', (SELECT coalesce(jsonb_agg(jsonb_build_object('who', user_id, 'wanted', wanted) ORDER BY w.id), '[]') FROM waitlist_entries w WHERE w.listing_id = l.id)
    )), '[]') FROM listings l),
    'tickets', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'listing', listing_id, 'order', order_id,
        'has_payment', has_payment, 'takes_place', hold_slot IS NOT NULL
    ) ORDER BY position), '[]') FROM tickets),
    'orders', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'listing', listing_id, 'buyer', buyer_id, 'from_waitlist', from_waitlist,
        'wanted', is_wanted, 'tickets', ticket_ids, 'seats', seats, 'version', listing_version
    ) ORDER BY created_at), '[]') FROM orders),
    'payments', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', id, 'order', order_id, 'attempt', attempt, 'status', status, 'amount', amount_cents, 'recorded', stripe_intent_id IS NOT NULL,
            'booked', (SELECT jsonb_build_array(
                coalesce(sum(amount_cents) FILTER (WHERE account = 'buyer'), 0), coalesce(sum(amount_cents) FILTER (WHERE account = 'seller'), 0),
                coalesce(sum(amount_cents) FILTER (WHERE account = 'platform'), 0), coalesce(sum(amount_cents) FILTER (WHERE account = 'stripe_fees'), 0)
            ) FROM ledger_entries e WHERE e.payment_id = p.id),
            'failed_refunds', (SELECT count(*) FROM refunds r WHERE r.payment_id = p.id AND r.status = 'failed'),
            'dispute', (SELECT d.status FROM disputes d WHERE d.payment_id = p.id)
        )), '[]')
        FROM payments p
    ),
    'webhooks', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'handled', handled_at IS NOT NULL)), '[]') FROM stripe_events),
    'outbox', (SELECT coalesce(jsonb_agg(job), '[]') FROM outbox)
)
