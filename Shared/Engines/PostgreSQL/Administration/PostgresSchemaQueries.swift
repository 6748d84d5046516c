/// The queries of PostgreSQL's catalog for tables and what belongs to them. Every column is text, boolean or bigint.
enum PostgresSchemaQueries {
  /// Objects that users of the server made, without the temporary ones of its sessions.
  private static let userSchemas =
    "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname NOT LIKE 'pg\\_temp\\_%' "
    + "AND n.nspname NOT LIKE 'pg\\_toast\\_temp\\_%'"

  /// number, schema, name, what it is instead of a table (NULL for a table), traits.
  static let tables = """
    SELECT c.oid::bigint, n.nspname::text, c.relname::text,
      CASE c.relkind WHEN 'p' THEN 'a partitioned table' WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a materialized view'
        WHEN 'f' THEN 'a foreign table' END,
      array_to_string(ARRAY[CASE WHEN c.relpersistence = 'u' THEN 'unlogged' END,
        CASE WHEN c.relispartition THEN 'a partition' END,
        CASE WHEN c.reloftype <> 0 THEN 'of type ' || format_type(c.reloftype, NULL) END], E'\\x1f')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND \(userSchemas)
    """

  /// table, name, type, NOT NULL, identity, expression, whether it is generated, collation, sequence of the default.
  static let columns = """
    SELECT a.attrelid::bigint, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull,
      \(identity), pg_get_expr(d.adbin, d.adrelid), a.attgenerated <> '',
      CASE WHEN a.attcollation <> t.typcollation THEN l.collname::text END, \(sequence)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_collation l ON l.oid = a.attcollation
    LEFT JOIN (\(ownedSequences)) s ON s.refobjid = a.attrelid AND s.refobjsubid = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND \(userSchemas)
    ORDER BY a.attrelid, a.attnum
    """

  private static let sequence = """
    (SELECT min(CASE m.nspname WHEN '\(PostgresSQL.schema)' THEN '' ELSE m.nspname || '.' END || q.relname)
      FROM pg_depend e JOIN pg_class q ON q.oid = e.refobjid JOIN pg_namespace m ON m.oid = q.relnamespace
      WHERE e.classid = 'pg_attrdef'::regclass AND e.objid = d.oid AND e.refclassid = 'pg_class'::regclass
        AND q.relkind = 'S')
    """

  /// As the clause of CREATE TABLE says it; the settings of the sequence only where they differ from its defaults.
  private static let identity = """
    CASE a.attidentity WHEN '' THEN NULL ELSE
      CASE a.attidentity WHEN 'd' THEN 'by default' ELSE 'always' END
      || CASE WHEN s.seqincrement <> 1 THEN ', increment by ' || s.seqincrement ELSE '' END
      || CASE WHEN s.seqmin <> 1 THEN ', minvalue ' || s.seqmin ELSE '' END
      || CASE WHEN s.seqtypid <> a.atttypid THEN ', as ' || format_type(s.seqtypid, NULL) ELSE '' END
      || CASE WHEN s.seqmax <> CASE s.seqtypid WHEN 20 THEN 9223372036854775807 WHEN 23 THEN 2147483647 ELSE 32767 END
        THEN ', maxvalue ' || s.seqmax ELSE '' END
      || CASE WHEN s.seqcycle THEN ', cycle' ELSE '' END
      || CASE WHEN s.relpersistence <> c.relpersistence THEN ', unlogged' ELSE '' END END
    """

  private static let ownedSequences = """
    SELECT p.refobjid, p.refobjsubid, q.seqincrement, q.seqmin, q.seqmax, q.seqcycle, q.seqtypid,
      o.relpersistence
    FROM pg_depend p JOIN pg_sequence q ON q.seqrelid = p.objid JOIN pg_class o ON o.oid = p.objid
    WHERE p.classid = 'pg_class'::regclass AND p.refclassid = 'pg_class'::regclass AND p.deptype = 'i'
    """

  /// table, name, definition. Constraint triggers are among the triggers; NOT NULL is a property of the column.
  static let constraints = """
    SELECT c.oid::bigint, k.conname::text, pg_get_constraintdef(k.oid)
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND \(userSchemas)
    ORDER BY k.oid
    """

  /// table, name, definition, whether a constraint made it, whether the server did not finish it.
  static let indexes = """
    SELECT c.oid::bigint, x.relname::text, pg_get_indexdef(i.indexrelid),
      EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid
        AND k.contype IN ('p', 'u', 'x')),
      NOT (i.indisvalid AND i.indisready AND i.indislive)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE \(userSchemas)
    ORDER BY i.indexrelid
    """

  /// table, kind, name. An internal trigger enforces a foreign key, unless a superuser has disabled it.
  static let attachments = """
    SELECT c.oid::bigint, CASE WHEN t.tgisinternal THEN 'disabled trigger of a foreign key' ELSE 'trigger' END,
      coalesce(k.conname, t.tgname)::text
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint AND t.tgisinternal
    WHERE (NOT t.tgisinternal OR t.tgenabled = 'D') AND \(userSchemas)
    UNION ALL
    SELECT c.oid::bigint, 'rule', r.rulename::text
    FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND \(userSchemas)
    UNION ALL
    SELECT c.oid::bigint, 'child table', k.oid::regclass::text
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class k ON k.oid = i.inhrelid
    WHERE c.relkind IN ('r', 'p', 'f') AND \(userSchemas)
    UNION ALL
    SELECT c.oid::bigint, 'parent table', k.oid::regclass::text
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class k ON k.oid = i.inhparent
    WHERE c.relkind IN ('r', 'p', 'f') AND \(userSchemas)
    """

  /// relation, the relation whose rows it shows, whether it is a child of that one. A view with `security_invoker` reads
  /// by the rights of its reader.
  static let relations = """
    SELECT inhrelid::bigint, inhparent::bigint, true FROM pg_inherits
    UNION
    SELECT r.ev_class::bigint, d.refobjid::bigint, false
    FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
    WHERE c.relkind IN ('v', 'm') AND d.refobjid <> r.ev_class AND NOT EXISTS (
      SELECT FROM pg_options_to_table(c.reloptions) o WHERE o.option_name = 'security_invoker' AND o.option_value::boolean)
    """

  /// table, verb whose statements an unconditional rule replaces.
  static let replacingRules = """
    SELECT DISTINCT ev_class::bigint, CASE ev_type WHEN '2' THEN 'update' WHEN '3' THEN 'insert' ELSE 'delete' END
    FROM pg_rewrite WHERE is_instead AND ev_type <> '1' AND ev_qual::text = '<>'
    """
}
