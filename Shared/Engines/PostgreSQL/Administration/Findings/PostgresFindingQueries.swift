/// The query of everything in the catalog that affects access and that no list of grants shows: kind, schema, name,
/// account, detail.
///
/// It is one statement, because every further one costs the tool a round trip. It selects what a migrated database does
/// not have; keys, constraints, defaults, sampled columns and settings are selected as they are, and compared with the
/// manifest.
enum PostgresFindingQueries {
  /// The query for a database that our migrations made.
  static let all = statement(PostgresFactQueries.ofTables)

  /// The query for a database of others: their tables are as they are, and there may be thousands.
  static let live = statement(PostgresFactQueries.ownerRights)

  private static func statement(_ ofTables: String) -> String {
    [objects, ofTables, PostgresFactQueries.ofServer].joined(separator: " UNION ALL ")
  }

  /// The rules of `pg_hba.conf` that admit a connection to the database without a password that the server checks: line,
  /// rule. An option may be a secret, so only a map is printed. The account of the system that has the server's files needs
  /// no password for them either: its rule is left out where it admits no one else.
  static let authenticationRules = """
    SELECT r.line_number::text, concat_ws(' ', r.type, array_to_string(r.database, ','),
      array_to_string(r.user_name, ','), r.address, r.auth_method, m.map)
    FROM pg_hba_file_rules r LEFT JOIN LATERAL unnest(r.options) AS m(map) ON m.map LIKE 'map=%'
    WHERE r.auth_method NOT IN ('scram-sha-256', 'md5', 'password', 'reject')
      AND NOT (r.type = 'local' AND r.auth_method = 'peer' AND r.user_name = ARRAY[pg_get_userbyid(10)::text]
        AND m.map IS NULL)
      AND (r.database && ARRAY['all', 'sameuser', 'samerole', 'samegroup', 'replication', current_database()::text]
        OR EXISTS (
          SELECT FROM unnest(r.database) AS d WHERE d LIKE '/%' AND current_database() ~ substr(d, 2)))
    """

  /// The lowest number of a user's object; the engine's own have lower ones (`FirstNormalObjectId`).
  static let firstUserID = 16_384

  /// Objects that users of the server made, except those of extensions.
  private static let objects = """
    SELECT f.kind, f.schema, f.name, f.account, f.detail
    FROM (\([ofRelations, inSchemas, ofSearch, ofDatabase, ofReplication].joined(separator: " UNION ALL ")))
      AS o(kind, schema, name, owner, detail, class, id)
    CROSS JOIN LATERAL (SELECT o.kind, o.schema, o.name, pg_get_userbyid(o.owner)::text, o.detail)
      AS f(kind, schema, name, account, detail)
    WHERE NOT \(isScripted("o.class", "o.id", isReach))
    """

  /// Whether rights on the object reach rows, names or signals, or it runs as another role.
  private static let isReach =
    "(o.kind IN ('table', 'view', 'materialized view', 'foreign table', 'sequence', 'schema', 'event trigger') "
    + "OR (o.kind = 'routine' AND o.detail IS NOT NULL))"

  /// The condition for a member of an extension that the extension's script made. `ALTER EXTENSION ... ADD` makes any
  /// object a member, and its list of rights then counts as the script's. No trusted extension has a relation, a schema, an
  /// event trigger or a routine of its owner's rights. In another one, such a member is the script's where it became one in
  /// the transaction that made the extension, or in that of its last update: the former also wrote the extension's
  /// dependency on its schema, and the latter the extension's row.
  static func isScripted(_ catalog: String, _ object: String, _ isReach: String) -> String {
    "EXISTS (SELECT FROM pg_depend e JOIN pg_extension x ON x.oid = e.refobjid WHERE e.classid = \(catalog) "
      + "AND e.objid = \(object) AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e' "
      + "AND (NOT \(isReach) OR (x.extname NOT IN (\(trusted)) AND (e.xmin::text = x.xmin::text "
      + "OR EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_extension'::regclass AND d.objid = x.oid "
      + "AND d.refclassid = 'pg_namespace'::regclass AND d.xmin::text = e.xmin::text)))))"
  }

  private static let trusted = PostgresTrustedExtensions.names.sorted().map(PostgresSQL.literal).joined(
    separator: ", ")

  private static let isLasting =
    "n.nspname NOT LIKE 'pg\\_temp%' AND n.nspname NOT LIKE 'pg\\_toast%'"

  /// Without the sequences of identity columns, which belong to their tables.
  private static let ofRelations = """
    SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table'
        WHEN 'S' THEN 'sequence' WHEN 'c' THEN 'type' ELSE 'table' END,
      n.nspname::text, c.relname::text, c.relowner, NULL::text, c.tableoid, c.oid
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid >= \(firstUserID) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND \(isLasting)
      AND NOT (c.relkind = 'S' AND EXISTS (SELECT FROM pg_depend d WHERE d.classid = c.tableoid AND d.objid = c.oid
        AND d.refclassid = c.tableoid AND d.deptype IN ('a', 'i')))
    UNION ALL
    SELECT 'routine', n.nspname::text,
      quote_ident(p.proname::text) || '(' || pg_get_function_identity_arguments(p.oid) || ')', p.proowner,
      CASE WHEN p.prosecdef THEN 'which runs with its owner''s rights' END, p.tableoid, p.oid
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid >= \(firstUserID)
    """

  /// Names that a statement may resolve to in place of the engine's own.
  private static let inSchemas = """
    SELECT 'type', n.nspname::text, t.typname::text, t.typowner, NULL, t.tableoid, t.oid
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE t.oid >= \(firstUserID) AND t.typtype NOT IN ('c', 'm')
      AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid) AND \(isLasting)
    UNION ALL
    SELECT 'operator', n.nspname::text,
      concat(o.oprname, '(', nullif(o.oprleft, 0)::regtype, ', ', nullif(o.oprright, 0)::regtype, ')'), o.oprowner,
      NULL, o.tableoid, o.oid
    FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace WHERE o.oid >= \(firstUserID)
    UNION ALL
    SELECT 'operator class', n.nspname::text, o.opcname::text, o.opcowner, NULL, o.tableoid, o.oid
    FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace WHERE o.oid >= \(firstUserID)
    UNION ALL
    SELECT 'operator family', n.nspname::text, o.opfname::text, o.opfowner, NULL, o.tableoid, o.oid
    FROM pg_opfamily o JOIN pg_namespace n ON n.oid = o.opfnamespace WHERE o.oid >= \(firstUserID)
    UNION ALL
    SELECT 'cast', NULL, concat(k.castsource::regtype, ' AS ', k.casttarget::regtype), NULL, NULL, k.tableoid, k.oid
    FROM pg_cast k WHERE k.oid >= \(firstUserID)
    UNION ALL
    SELECT 'collation', n.nspname::text, k.collname::text, k.collowner, NULL, k.tableoid, k.oid
    FROM pg_collation k JOIN pg_namespace n ON n.oid = k.collnamespace WHERE k.oid >= \(firstUserID)
    UNION ALL
    SELECT 'conversion', n.nspname::text, k.conname::text, k.conowner, NULL, k.tableoid, k.oid
    FROM pg_conversion k JOIN pg_namespace n ON n.oid = k.connamespace WHERE k.oid >= \(firstUserID)
    """

  private static let ofSearch = """
    SELECT 'text search configuration', n.nspname::text, k.cfgname::text, k.cfgowner, NULL, k.tableoid, k.oid
    FROM pg_ts_config k JOIN pg_namespace n ON n.oid = k.cfgnamespace WHERE k.oid >= \(firstUserID)
    UNION ALL
    SELECT 'text search dictionary', n.nspname::text, k.dictname::text, k.dictowner, NULL, k.tableoid, k.oid
    FROM pg_ts_dict k JOIN pg_namespace n ON n.oid = k.dictnamespace WHERE k.oid >= \(firstUserID)
    UNION ALL
    SELECT 'text search parser', n.nspname::text, k.prsname::text, NULL, NULL, k.tableoid, k.oid
    FROM pg_ts_parser k JOIN pg_namespace n ON n.oid = k.prsnamespace WHERE k.oid >= \(firstUserID)
    UNION ALL
    SELECT 'text search template', n.nspname::text, k.tmplname::text, NULL, NULL, k.tableoid, k.oid
    FROM pg_ts_template k JOIN pg_namespace n ON n.oid = k.tmplnamespace WHERE k.oid >= \(firstUserID)
    UNION ALL
    SELECT 'extended statistics', n.nspname::text, k.stxname::text, k.stxowner, NULL, k.tableoid, k.oid
    FROM pg_statistic_ext k JOIN pg_namespace n ON n.oid = k.stxnamespace
    """

  private static let ofDatabase = """
    SELECT 'schema', NULL, n.nspname::text, n.nspowner, NULL, n.tableoid, n.oid
    FROM pg_namespace n WHERE n.oid >= \(firstUserID) AND \(isLasting)
    UNION ALL
    SELECT 'language', NULL, l.lanname::text, l.lanowner, NULL, l.tableoid, l.oid
    FROM pg_language l WHERE l.oid >= \(firstUserID)
    UNION ALL
    SELECT 'access method', NULL, a.amname::text, NULL, NULL, a.tableoid, a.oid
    FROM pg_am a WHERE a.oid >= \(firstUserID)
    UNION ALL
    SELECT 'transform', NULL, concat(t.trftype::regtype), NULL, NULL, t.tableoid, t.oid FROM pg_transform t
    UNION ALL
    SELECT 'event trigger', NULL, e.evtname::text, e.evtowner, e.evtevent::text, e.tableoid, e.oid
    FROM pg_event_trigger e
    UNION ALL
    SELECT 'foreign data wrapper', NULL, w.fdwname::text, w.fdwowner, NULL, w.tableoid, w.oid
    FROM pg_foreign_data_wrapper w
    UNION ALL
    SELECT 'foreign server', NULL, s.srvname::text, s.srvowner, NULL, s.tableoid, s.oid FROM pg_foreign_server s
    UNION ALL
    SELECT 'user mapping', NULL, m.srvname::text, nullif(m.umuser, 0), NULL, 0, 0 FROM pg_user_mappings m
    UNION ALL
    SELECT 'extension', NULL, x.extname::text, x.extowner, NULL, 0, 0 FROM pg_extension x
    WHERE x.oid >= \(firstUserID)
    """

  private static let ofReplication = """
    SELECT 'publication', NULL, p.pubname::text, p.pubowner, NULL, p.tableoid, p.oid FROM pg_publication p
    UNION ALL
    SELECT 'subscription', NULL, s.subname::text, s.subowner, NULL, 0, 0 FROM pg_subscription s
    WHERE s.subdbid = \(ownDatabase)
    UNION ALL
    SELECT 'replication slot', NULL, s.slot_name::text, NULL, NULL, 0, 0 FROM pg_replication_slots s
    WHERE s.database = current_database()
    """

  static let ownDatabase = "(SELECT oid FROM pg_database WHERE datname = current_database())"
}
