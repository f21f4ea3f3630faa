-- One query of everything that is stored and that the model predicts.
SELECT jsonb_build_object(
    -- Everything that readers see follows from these rows and the clock; moving the clock moves the rows.
    'rows', md5(concat(
        (SELECT string_agg(t::text, ';' ORDER BY id) FROM tickets t),
        (SELECT string_agg(l::text, ';' ORDER BY id) FROM waitlist_entries l),
        (SELECT string_agg(o::text, ';' ORDER BY id) FROM orders o),
        (SELECT string_agg(p::text, ';' ORDER BY id) FROM payments p)
    )),
    'tickets', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'price', price_cents, 'version', version,
        'waitlist', (SELECT coalesce(jsonb_agg(user_id ORDER BY w.id), '[]') FROM waitlist_entries w WHERE w.ticket_id = tickets.id))), '[]') FROM tickets),
    'orders', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'wanted', is_wanted)), '[]') FROM orders),
    'payments', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', id, 'order', order_id, 'attempt', attempt, 'status', status, 'amount', amount_cents, 'recorded', stripe_intent_id IS NOT NULL
        )), '[]')
        FROM payments
    ),
    'events', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'handled', handled_at IS NOT NULL)), '[]') FROM stripe_events),
    'outbox', (SELECT coalesce(jsonb_agg(job), '[]') FROM outbox)
)
