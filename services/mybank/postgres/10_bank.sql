-- The bank's own table, as its system has had it all along. Every start of the stack applies this file: it changes nothing that exists.
CREATE TABLE IF NOT EXISTS public.bank_transactions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id text NOT NULL,
    user_id text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('debit', 'credit')),
    amount numeric(14, 2) NOT NULL CHECK (amount > 0),
    currency char(3) NOT NULL,
    counterparty text,
    description text,
    booked_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS bank_transactions_by_user ON public.bank_transactions (user_id, booked_at);
ALTER TABLE public.bank_transactions OWNER TO core_bank;

-- Its other tables, and changes of this one, are the bank's affair.
GRANT USAGE, CREATE ON SCHEMA public TO core_bank;
