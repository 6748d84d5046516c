/// The parts of the query of findings that concern the fleet's tables, the roles' other places, and the server.
enum PostgresFactQueries {
  private static let firstUserID = PostgresFindingQueries.firstUserID

  static let isFleetTable = "n.nspname = '\(PostgresSQL.schema)' AND c.relkind IN ('r', 'p')"

  /// Computed columns, sampled columns, valid unique keys, foreign keys onto a table, disabled foreign keys, readers in
  /// other schemas, constraints, defaults, options of tables, and rights that an owner lost.
  static let ofTables = [columns, keys, readers, PostgresConstraintQueries.all, ownerRights].joined(
    separator: " UNION ALL ")

  private static let columns = """
    SELECT 'computed column', NULL, c.relname::text, NULL, a.attname::text
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE \(isFleetTable) AND a.attgenerated <> '' AND NOT a.attisdropped
    UNION ALL
    SELECT 'sampled column', CASE WHEN c.reltuples >= 0 THEN 'analyzed' END, c.relname::text,
      format_type(a.atttypid, a.atttypmod), a.attname::text
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE \(isFleetTable) AND a.attnum > 0 AND NOT a.attisdropped
      AND a.attstattarget IS DISTINCT FROM 0
    """

  /// A deferrable key lets a statement leave duplicates until the transaction ends, and no `ON CONFLICT` finds it. One with
  /// an expression restricts less than its columns say; included columns restrict nothing.
  private static let keys = """
    SELECT 'key', NULL, c.relname::text, NULL, (
      SELECT string_agg(a.attname::text, chr(31) ORDER BY k.place)
      FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number WHERE k.place <= i.indnkeyatts)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE \(isFleetTable) AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indislive
      AND i.indpred IS NULL AND i.indexprs IS NULL
    UNION ALL
    SELECT 'foreign key', NULL, c.relname::text, pg_get_userbyid(r.relowner)::text, r.oid::regclass::text
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.confrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class r ON r.oid = k.conrelid
    WHERE k.contype = 'f' AND \(isFleetTable)
    UNION ALL
    SELECT DISTINCT 'disabled trigger', NULL, c.relname::text, NULL, NULL
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE \(isFleetTable) AND t.tgisinternal AND t.tgenabled <> 'O'
    """

  private static let readers = """
    SELECT 'reader', w.nspname::text, v.relname::text, pg_get_userbyid(v.relowner)::text, min(c.relname)::text
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_depend d ON d.refclassid = c.tableoid AND d.refobjid = c.oid AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class
    JOIN pg_namespace w ON w.oid = v.relnamespace
    WHERE \(isFleetTable) AND v.relkind IN ('v', 'm')
    GROUP BY 2, 3, 4
    """

  /// What an owner lost on its own object: kind of the object in place of the schema, name, owner, privilege.
  ///
  /// OFFSET keeps the planner from reading a list again for each privilege: a list may have hundreds of entries.
  static let ownerRights = """
    SELECT 'owner right', x.kind, x.name, pg_get_userbyid(x.owner)::text, a.privilege_type::text
    FROM (SELECT o.*, ARRAY(SELECT b.privilege_type FROM aclexplode(o.acl) AS b WHERE b.grantee = o.owner) FROM (
      SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, c.relname::text, c.relowner, c.relacl,
        acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = '\(PostgresSQL.schema)' AND c.relkind IN ('r', 'p', 'S') AND c.relacl IS NOT NULL
      UNION ALL
      SELECT 'database', b.datname::text, b.datdba, b.datacl, acldefault('d', b.datdba)
      FROM pg_database b WHERE b.datname = current_database() AND b.datacl IS NOT NULL
      UNION ALL
      SELECT 'schema', n.nspname::text, n.nspowner, n.nspacl, acldefault('n', n.nspowner)
      FROM pg_namespace n WHERE n.nspname = '\(PostgresSQL.schema)' AND n.nspacl IS NOT NULL
      UNION ALL
      SELECT CASE p.defaclobjtype WHEN 'r' THEN 'future tables' WHEN 'S' THEN 'future sequences' ELSE 'future routines' END,
        '', p.defaclrole, p.defaclacl,
        acldefault(CASE p.defaclobjtype WHEN 'S' THEN 's' ELSE p.defaclobjtype END, p.defaclrole)
      FROM pg_default_acl p JOIN pg_database b ON b.datdba = p.defaclrole
      WHERE b.datname = current_database() AND p.defaclnamespace = 0 AND p.defaclobjtype IN ('r', 'S', 'f')
    ) AS o(kind, name, owner, acl, usual) OFFSET 0) AS x(kind, name, owner, acl, usual, held)
    CROSS JOIN LATERAL aclexplode(x.usual) AS a
    WHERE a.grantee = x.owner AND a.privilege_type <> ALL (x.held)
    """

  /// Options of the database, objects of other kinds by owner, rights in other databases, replaced objects of the
  /// engine, security labels, settings, and names that the tool cannot tell apart.
  static let ofServer = [
    database, owned, elsewhere, engine, PostgresEngineQueries.all, labels, PostgresNameQueries.all,
  ].joined(separator: " UNION ALL ")

  private static let database = """
    SELECT 'database option', NULL, x.name, NULL, x.value
    FROM pg_database b CROSS JOIN LATERAL (VALUES ('IS_TEMPLATE', CASE WHEN b.datistemplate THEN 'true' END),
      ('CONNECTION LIMIT', CASE WHEN b.datconnlimit <> -1 THEN b.datconnlimit::text END)) AS x(name, value)
    WHERE b.datname = current_database() AND x.value IS NOT NULL
    """

  /// Tables, routines, schemas, large objects and the database itself are read with their owners elsewhere.
  private static let owned = """
    SELECT 'owned object', NULL, i.identity, pg_get_userbyid(s.refobjid)::text, i.type
    FROM pg_shdepend s CROSS JOIN LATERAL pg_identify_object(s.classid, s.objid, s.objsubid) i
    WHERE s.refclassid = 'pg_authid'::regclass AND s.deptype = 'o'
      AND s.dbid IN (0, \(PostgresFindingQueries.ownDatabase))
      AND s.classid NOT IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_namespace'::regclass,
        'pg_largeobject_metadata'::regclass, 'pg_default_acl'::regclass, 'pg_user_mapping'::regclass)
      AND \(isOfFleet)
    """

  /// The database's owner, and the roles that it administers. Other roles' entries would only cost time.
  private static let isOfFleet = """
    (s.refobjid = (SELECT datdba FROM pg_database WHERE datname = current_database()) OR EXISTS (
      SELECT FROM pg_auth_members m WHERE m.roleid = s.refobjid
        AND m.member = (SELECT datdba FROM pg_database WHERE datname = current_database())))
    """

  /// Default privileges in another database have no effect as long as their owner creates nothing there. Everyone may
  /// make large objects and temporary tables in a database that its owner left open, and grant others rights on them.
  private static let elsewhere = """
    SELECT DISTINCT 'elsewhere', NULL, 'database ' || coalesce(d.datname::text, s.dbid::text),
      pg_get_userbyid(s.refobjid)::text,
      CASE s.deptype WHEN 'o' THEN 'owns objects' WHEN 'a' THEN 'holds rights' ELSE 'has policies' END
    FROM pg_shdepend s LEFT JOIN pg_database d ON d.oid = s.dbid
    WHERE s.refclassid = 'pg_authid'::regclass AND s.dbid NOT IN (0, \(PostgresFindingQueries.ownDatabase))
      AND s.classid <> 'pg_default_acl'::regclass AND \(isOfFleet)
    UNION ALL
    SELECT DISTINCT 'elsewhere', NULL, pg_describe_object(s.classid, s.objid, 0), pg_get_userbyid(s.refobjid)::text,
      'holds rights on'
    FROM pg_shdepend s
    WHERE s.refclassid = 'pg_authid'::regclass AND s.dbid = 0 AND s.deptype = 'a'
      AND (s.classid = 'pg_tablespace'::regclass
        OR (s.classid = 'pg_database'::regclass AND s.objid <> \(PostgresFindingQueries.ownDatabase)))
      AND \(isOfFleet)
    """

  /// Objects that `initdb` made and that were replaced since: it makes them before it copies the template database. A
  /// changed list of grants also rewrites a function's row, so those functions count only by their attributes.
  private static let engine = """
    SELECT 'engine object', NULL, p.oid::regprocedure::text, pg_get_userbyid(p.proowner)::text,
      CASE WHEN p.prosecdef THEN 'it runs with its owner''s rights' END
    FROM pg_proc p
    WHERE p.oid < \(firstUserID) AND (p.prosecdef OR p.proowner <> 10 OR p.proconfig IS NOT NULL OR (p.proacl IS NULL AND \(isNewer("p"))))
    UNION ALL
    SELECT 'engine object', NULL, c.oid::regclass::text, pg_get_userbyid(c.relowner)::text, NULL
    FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
    WHERE c.oid < \(firstUserID) AND (c.relowner <> 10 OR \(isNewer("r"))
      OR coalesce(c.reloptions::text, '') <> CASE WHEN c.relname IN ('pg_stats', 'pg_stats_ext', 'pg_stats_ext_exprs')
        THEN '{security_barrier=true}' ELSE '' END)
    """

  static func isNewer(_ row: String) -> String {
    "\(row).xmin::text::bigint > (SELECT d.xmin::text::bigint FROM pg_database d WHERE d.datname = 'template0')"
  }

  private static let labels = """
    SELECT 'security label', NULL, coalesce(pg_describe_object(l.classoid, l.objoid, l.objsubid), l.objoid::text),
      NULL, l.provider
    FROM pg_seclabel l
    UNION ALL
    SELECT 'security label', NULL, coalesce(pg_describe_object(l.classoid, l.objoid, 0), l.objoid::text), NULL,
      l.provider
    FROM pg_shseclabel l
    UNION ALL
    SELECT 'server setting', NULL, s.name, NULL, s.reset_val FROM pg_settings s
    WHERE \(PostgresServerSettings.condition("s"))
    """
}
