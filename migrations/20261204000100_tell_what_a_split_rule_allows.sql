-- Whether an order may take `count` of `free` tickets of a listing, as `SplitRule::allows` says it. What is sold only
-- together must not be locked in part; `free` does not tell that.
CREATE FUNCTION split_allows(split text, free bigint, count bigint) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN free >= count AND CASE split
        WHEN 'pairs' THEN count % 2 = 0 OR free = 1
        WHEN 'all_together' THEN free = count
        WHEN 'never_leave_one' THEN free - count <> 1
        ELSE true
    END;
