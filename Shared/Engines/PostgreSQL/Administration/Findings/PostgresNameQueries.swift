/// The part of the query of findings that concerns names which the tool cannot tell apart: kind, schema, name, account,
/// detail.
///
/// Two texts of the server can be one text in Swift, which compares by canonical equivalence: a letter with an accent as one
/// character or as two, or the sign of the unit Kelvin and a K. One of two such roles would stand for both. Two texts in the
/// composed form (NFC) are equal in Swift only where their bytes are, so each text in another form is named.
enum PostgresNameQueries {
  static let all = """
    SELECT 'decomposed name', NULL, concat(o.kind, ' ', o.name), NULL, NULL
    FROM (\(names)) AS o(kind, name, texts)
    WHERE CASE WHEN octet_length(o.texts) = char_length(o.texts) OR getdatabaseencoding() <> 'UTF8' THEN false
      ELSE o.texts IS NOT NFC NORMALIZED END
    """

  private static let firstUserID = PostgresFindingQueries.firstUserID

  /// A policy's expressions are compared as texts, too.
  private static let names = """
    SELECT 'role', rolname::text, rolname::text FROM pg_roles
    UNION ALL
    SELECT 'database', datname::text, datname::text FROM pg_database
    UNION ALL
    SELECT 'schema', nspname::text, nspname::text FROM pg_namespace
    UNION ALL
    SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table'
        WHEN 'S' THEN 'sequence' WHEN 'c' THEN 'type' WHEN 'i' THEN 'index' WHEN 'I' THEN 'index' ELSE 'table' END,
      concat(n.nspname, '.', c.relname), c.relname::text
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid >= \(firstUserID)
    UNION ALL
    SELECT 'column', concat(n.nspname, '.', c.relname, '.', a.attname), a.attname::text
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid >= \(firstUserID) AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind NOT IN ('i', 'I')
    UNION ALL
    SELECT 'routine', concat(n.nspname, '.', p.proname), p.proname::text
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid >= \(firstUserID)
    UNION ALL
    SELECT 'type', concat(n.nspname, '.', t.typname), t.typname::text
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE t.oid >= \(firstUserID) AND t.typrelid = 0 AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
    UNION ALL
    SELECT 'policy', concat(p.polname, ' on ', n.nspname, '.', c.relname),
      concat(p.polname, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    UNION ALL
    SELECT x.kind, concat(x.name, ' on ', n.nspname, '.', c.relname), x.name
    FROM (
      SELECT 'trigger', tgrelid, tgname::text FROM pg_trigger WHERE NOT tgisinternal
      UNION ALL SELECT 'rule', ev_class, rulename::text FROM pg_rewrite
      UNION ALL SELECT 'constraint', conrelid, conname::text FROM pg_constraint WHERE conrelid <> 0
    ) AS x(kind, class, name) JOIN pg_class c ON c.oid = x.class JOIN pg_namespace n ON n.oid = c.relnamespace
    UNION ALL
    \(others)
    """

  private static let others = """
    SELECT x.kind, x.name, x.name
    FROM (
      SELECT 'extension', extname::text FROM pg_extension
      UNION ALL SELECT 'event trigger', evtname::text FROM pg_event_trigger
      UNION ALL SELECT 'publication', pubname::text FROM pg_publication
      UNION ALL SELECT 'subscription', subname::text FROM pg_subscription
      UNION ALL SELECT 'foreign server', srvname::text FROM pg_foreign_server
      UNION ALL SELECT 'foreign data wrapper', fdwname::text FROM pg_foreign_data_wrapper
      UNION ALL SELECT 'language', lanname::text FROM pg_language
      UNION ALL SELECT 'tablespace', spcname::text FROM pg_tablespace
      UNION ALL SELECT 'setting', split_part(s.setting, '=', 1)
        FROM pg_db_role_setting r CROSS JOIN LATERAL unnest(r.setconfig) AS s(setting)
    ) AS x(kind, name)
    """
}
