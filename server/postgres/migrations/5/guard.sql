ALTER TABLE requests ADD CONSTRAINT whole_or_erased CHECK (
  CASE WHEN erased IS NULL THEN key IS NOT NULL AND digest IS NOT NULL AND said IS NOT NULL AND spent IS NULL
  ELSE key IS NULL AND digest IS NULL AND said IS NULL AND spent IS NOT NULL END);

CREATE TRIGGER only_erased BEFORE UPDATE ON requests FOR EACH ROW
  WHEN (OLD.erased IS NOT NULL OR NEW.erased IS NULL OR NEW.seq <> OLD.seq OR NEW.reference <> OLD.reference OR NEW.site <> OLD.site OR NEW.received <> OLD.received OR NEW.body::text <> OLD.body::text)
  EXECUTE FUNCTION refuse_change('requests are append-only');
CREATE TRIGGER not_deleted BEFORE DELETE ON requests FOR EACH ROW EXECUTE FUNCTION refuse_change('requests are append-only');

-- E-mails of a request go when it is erased.
CREATE FUNCTION refuse_unless_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM requests WHERE reference = OLD.request AND erased IS NOT NULL) THEN
    RAISE EXCEPTION 'messages are not deleted';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER only_erased BEFORE DELETE ON messages FOR EACH ROW EXECUTE FUNCTION refuse_unless_erased();

CREATE TRIGGER only_erased BEFORE UPDATE ON audit_entries FOR EACH ROW
  WHEN (NEW.seq <> OLD.seq OR NEW.commitment <> OLD.commitment OR (OLD.index IS NOT NULL AND NEW.index IS DISTINCT FROM OLD.index)
    OR ((NEW.salt IS DISTINCT FROM OLD.salt OR NEW.kind IS DISTINCT FROM OLD.kind OR NEW.about IS DISTINCT FROM OLD.about OR NEW.body IS DISTINCT FROM OLD.body)
      AND (NEW.salt IS NOT NULL OR NEW.kind IS NOT NULL OR NEW.about IS NOT NULL OR NEW.body IS NOT NULL)))
  EXECUTE FUNCTION refuse_change('audit_entries are append-only');
CREATE TRIGGER not_deleted BEFORE DELETE ON audit_entries FOR EACH ROW EXECUTE FUNCTION refuse_change('audit_entries are append-only');
CREATE TRIGGER not_deleted BEFORE DELETE ON audit_tiles FOR EACH ROW EXECUTE FUNCTION refuse_change('audit_tiles are not deleted');
CREATE TRIGGER not_deleted BEFORE DELETE ON audit_head FOR EACH ROW EXECUTE FUNCTION refuse_change('audit_head is not deleted');
CREATE TRIGGER only_grows BEFORE UPDATE ON audit_head FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.size <= OLD.size)
  EXECUTE FUNCTION refuse_change('the log only grows');
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON audit_entries EXECUTE FUNCTION refuse_change('audit_entries are append-only');
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON audit_tiles EXECUTE FUNCTION refuse_change('audit_tiles are not deleted');
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON audit_head EXECUTE FUNCTION refuse_change('audit_head is not deleted');
