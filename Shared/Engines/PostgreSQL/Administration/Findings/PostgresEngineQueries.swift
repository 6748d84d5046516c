/// The parts of the query of findings that concern the engine's own objects beside routines and views, and what PUBLIC may
/// no longer do with them: kind, schema, name, account, detail.
enum PostgresEngineQueries {
  static let all = [objects, rights].joined(separator: " UNION ALL ")

  private static let firstUserID = PostgresFindingQueries.firstUserID

  /// Each of these decides what a statement means: which function an operator calls, what a cast does, which file a
  /// dictionary reads. The engine's objects cannot be dropped, so that only a newer row is a change. A changed list of
  /// rights rewrites the row of a type or a language, so those with a list count by their rights alone. Collations are
  /// left out: `REFRESH VERSION` is the work of every upgrade of the system.
  private static let objects = """
    SELECT DISTINCT 'engine object', NULL, pg_describe_object(o.class, o.id, 0), NULL, 'it was changed'
    FROM (
      SELECT tableoid, oid, xmin FROM pg_operator
      UNION ALL SELECT tableoid, oid, xmin FROM pg_opclass
      UNION ALL SELECT tableoid, oid, xmin FROM pg_opfamily
      UNION ALL SELECT tableoid, oid, xmin FROM pg_cast
      UNION ALL SELECT tableoid, oid, xmin FROM pg_type WHERE typacl IS NULL
      UNION ALL SELECT tableoid, oid, xmin FROM pg_language WHERE lanacl IS NULL
      UNION ALL SELECT tableoid, oid, xmin FROM pg_conversion
      UNION ALL SELECT tableoid, oid, xmin FROM pg_am
      UNION ALL SELECT tableoid, oid, xmin FROM pg_ts_config
      UNION ALL SELECT tableoid, oid, xmin FROM pg_ts_dict
      UNION ALL SELECT tableoid, oid, xmin FROM pg_ts_parser
      UNION ALL SELECT tableoid, oid, xmin FROM pg_ts_template
      UNION ALL SELECT 'pg_ts_config'::regclass, mapcfg, xmin FROM pg_ts_config_map
      UNION ALL SELECT 'pg_opfamily'::regclass, amopfamily, xmin FROM pg_amop
      UNION ALL SELECT 'pg_opfamily'::regclass, amprocfamily, xmin FROM pg_amproc
    ) AS o(class, id, xmin)
    WHERE o.id < \(firstUserID) AND \(PostgresFactQueries.isNewer("o"))
    """

  /// What PUBLIC had after `initdb` and has no longer: services call the engine's functions and use its types by it. What
  /// the fleet withholds itself is left out.
  private static let rights = """
    SELECT 'withdrawn right', o.schema, o.name, NULL, b.privilege_type::text
    FROM (
      SELECT n.nspname::text, p.oid::regprocedure::text, p.proacl, acldefault('f', p.proowner), p.tableoid, p.oid
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE p.proacl IS NOT NULL AND p.proname NOT IN (\(withheld))
      UNION ALL
      SELECT n.nspname::text, c.relname::text, c.relacl, NULL, c.tableoid, c.oid
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relacl IS NOT NULL
      UNION ALL
      SELECT n.nspname::text, t.typname::text, t.typacl, acldefault('T', t.typowner), t.tableoid, t.oid
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typacl IS NOT NULL
      UNION ALL
      SELECT NULL, l.lanname::text, l.lanacl, acldefault('l', l.lanowner), l.tableoid, l.oid
      FROM pg_language l WHERE l.lanacl IS NOT NULL AND l.lanpltrusted
      UNION ALL
      SELECT NULL, n.nspname::text, n.nspacl, NULL, n.tableoid, n.oid
      FROM pg_namespace n WHERE n.nspname = 'pg_catalog'
    ) AS o(schema, name, acl, usual, class, id)
    CROSS JOIN LATERAL aclexplode(coalesce((
      SELECT i.initprivs FROM pg_init_privs i WHERE i.classoid = o.class AND i.objoid = o.id AND i.objsubid = 0), o.usual)) AS b
    WHERE o.id < \(firstUserID) AND b.grantee = 0 AND NOT EXISTS (
      SELECT FROM aclexplode(o.acl) AS a WHERE a.grantee = 0 AND a.privilege_type = b.privilege_type)
    """

  private static let withheld = WithheldFunctions.names.map(PostgresSQL.literal).joined(separator: ", ")
}
