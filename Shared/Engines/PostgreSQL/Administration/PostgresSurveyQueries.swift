/// The queries of ``PostgresSurvey``. `{accounts}` and `{services}` stand for arrays of names, `{schemas}` and `{names}`
/// for those of the manifest's tables, `{everything}` and `{strict}` for booleans.
enum PostgresSurveyQueries {
  private static let isLasting =
    "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname NOT LIKE 'pg\\_temp%'"

  private static func isOfExtension(_ row: String) -> String {
    PostgresFindingQueries.isScripted("\(row).tableoid", "\(row).oid", "true")
  }

  /// Account, schema, name, kind, verb, column. A column that the account may use comes first. Not every view can be
  /// written, and not every column.
  static let relations = """
    SELECT r.rolname::text, n.nspname::text, c.relname::text, CASE WHEN c.relkind IN ('v', 'm') THEN 'v' ELSE 'r' END,
      v.verb, k.attname::text
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN (VALUES ('SELECT', 0), ('INSERT', 8), ('UPDATE', 4), ('DELETE', 16)) AS v(verb, bit)
    JOIN pg_roles r ON r.rolname = ANY ({services})
    CROSS JOIN LATERAL (
      SELECT a.attname FROM pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        AND (v.verb = 'SELECT' OR a.attgenerated = '' AND a.attidentity <> 'a')
        AND (c.relkind <> 'v' OR v.verb IN ('SELECT', 'DELETE') OR pg_column_is_updatable(c.oid, a.attnum, true))
      ORDER BY v.verb <> 'DELETE' AND has_column_privilege(r.oid, c.oid, a.attnum,
        CASE v.verb WHEN 'DELETE' THEN 'SELECT' ELSE v.verb END) DESC, a.attnum LIMIT 1) AS k
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND \(isLasting)
      AND (n.nspname, c.relname) NOT IN (SELECT t.schema, t.name FROM unnest({schemas}, {names}) AS t(schema, name)) AND NOT \(isOfExtension("c"))
      AND (v.bit = 0 OR c.relkind <> 'm' AND pg_relation_is_updatable(c.oid, true) & v.bit = v.bit)
      AND ({everything} OR \(mayUse("r.oid")))
      AND ({strict} OR NOT \(mayUse("'public'")))
    ORDER BY 1, 2, 3, 5
    """

  private static func mayUse(_ role: String) -> String {
    """
    CASE v.verb WHEN 'DELETE' THEN has_table_privilege(\(role), c.oid, 'DELETE')
      ELSE has_any_column_privilege(\(role), c.oid, CASE v.verb WHEN 'DELETE' THEN 'SELECT' ELSE v.verb END) END
    """
  }

  /// Account, schema, name with argument types, the call, number. Nil is the call of a routine that cannot be called
  /// without running it, or without values of certain types. A trigger's function cannot be called at all.
  static let routines = """
    SELECT r.rolname::text, n.nspname::text,
      quote_ident(p.proname::text) || '(' || pg_get_function_identity_arguments(p.oid) || ')',
      CASE WHEN p.prokind = 'f' AND p.provariadic = 0 AND NOT EXISTS (
          SELECT FROM unnest(p.proargtypes::oid[]) AS u(id) JOIN pg_type t ON t.oid = u.id WHERE t.typtype = 'p')
        THEN format('SELECT %I.%I(%s) FROM (SELECT %s OFFSET 0) AS s WHERE false', n.nspname, p.proname,
          (SELECT string_agg('s.a' || u.place, ', ' ORDER BY u.place)
            FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS u(id, place)),
          coalesce((SELECT string_agg(format('NULL::%s AS a%s', format_type(u.id, NULL), u.place), ', ' ORDER BY u.place)
            FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS u(id, place)), '1')) END,
      p.oid::bigint::text
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_roles r ON r.rolname = ANY ({services})
    WHERE p.prosecdef AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
      AND NOT \(isOfExtension("p"))
      AND ({everything} OR has_function_privilege(r.oid, p.oid, 'EXECUTE'))
      AND ({strict} OR NOT has_function_privilege('public', p.oid, 'EXECUTE'))
    ORDER BY 1, 2, 3
    """

  /// Schema, table, account: the tables of the manifest with a trigger whose function an account owns.
  static let triggers = """
    SELECT DISTINCT n.nspname::text, c.relname::text, pg_get_userbyid(p.proowner)::text
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE NOT t.tgisinternal AND pg_get_userbyid(p.proowner) = ANY ({services})
    """

  /// Logins outside of the manifest that no grant restricts; at most twenty.
  static let logins = """
    SELECT r.rolname::text FROM pg_roles r
    WHERE r.rolcanlogin AND (r.rolsuper OR r.rolreplication OR r.rolbypassrls OR r.rolcreaterole)
      AND r.rolname <> ALL ({accounts})
    ORDER BY 1 LIMIT 20
    """
}
