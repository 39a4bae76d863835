-- What reading the changes needs of the bank's database; for an existing one, its administrator runs this file once.

-- A deleted row is logged with all its columns: its user is the record's key, and the rules need its amount.
ALTER TABLE public.bank_transactions REPLICA IDENTITY FULL;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'mybank_transactions') THEN
        CREATE PUBLICATION mybank_transactions FOR TABLE public.bank_transactions WITH (publish = 'insert, update, delete');
    END IF;
END $$;

-- The initial snapshot selects; everything later comes through the publication.
GRANT USAGE ON SCHEMA public TO debezium;
GRANT SELECT ON public.bank_transactions TO debezium;
