/// The queries of PostgreSQL's catalog. Every column is text, boolean or bigint, so no driver needs the catalog's own
/// types.
///
/// A missing access control list means the built-in defaults, not an empty list, so the queries read it through
/// `acldefault` (https://www.postgresql.org/docs/16/functions-info.html). They leave out owners' entries on their own
/// objects, because an owner can always grant those to itself again.
enum PostgresCatalogQueries {
  /// The condition for objects that users of the server made, even in one of the engine's schemas. It excludes
  /// temporary objects, which end with their session.
  private static func isUserMade(_ object: String) -> String {
    "(n.nspname NOT LIKE 'pg\\_temp%' AND n.nspname NOT LIKE 'pg\\_toast\\_temp%' AND (\(object).oid >= \(firstUserID) "
      + "OR n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')))"
  }

  /// The condition for objects whose whole list is compared: those that users made, without what the script of an
  /// extension made and grants. Of that, and of the engine's objects, only later changes count. `isReach` is as in
  /// ``PostgresFindingQueries/isScripted(_:_:_:)``: the list that an object had when it was made a member is not its own.
  private static func isOwn(_ object: String, in catalog: String, _ isReach: String = "true") -> String {
    "(\(isUserMade(object)) AND NOT "
      + PostgresFindingQueries.isScripted("'\(catalog)'::regclass", "\(object).oid", isReach) + ")"
  }

  /// The lowest number of a user's object; the engine's own have lower ones (`FirstNormalObjectId`).
  private static let firstUserID = 16_384

  /// Until the transaction ends, resolves every name to the engine's own object. A policy over an operator `public.=`
  /// must not read like one over the engine's.
  static let trustedNames = "SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true)"

  /// The release, in words and as a number.
  static let release =
    "SELECT current_setting('server_version'), current_setting('server_version_num')::bigint"

  /// The number of the first release that the tool reads.
  static let oldestRelease = 160_000

  /// The database, whether the rules of `pg_hba.conf` can be read, the initial superuser, and the time.
  static let database = """
    SELECT current_database()::text, has_table_privilege('pg_hba_file_rules', 'SELECT')
      AND has_function_privilege('pg_hba_file_rules()', 'EXECUTE'), pg_get_userbyid(10)::text,
      extract(epoch FROM now())::bigint
    """

  /// Without the engine's own roles. They have low numbers; a superuser can give another role a name as theirs.
  static let roles = """
    SELECT rolname::text, rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
      rolconnlimit::bigint, coalesce(rolvaliduntil <> 'infinity', false),
      CASE WHEN isfinite(rolvaliduntil) THEN extract(epoch FROM rolvaliduntil)::bigint END,
      to_char(rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'), shobj_description(oid, 'pg_authid')
    FROM pg_roles WHERE oid = 10 OR oid >= \(firstUserID)
    """

  /// Every superuser except the initial one, which `initdb` creates.
  static let superusers = "SELECT rolname::text FROM pg_roles WHERE rolsuper AND oid <> 10"

  /// role (NULL for all roles), in the fleet's database only, name, value. An account chooses the value, and Swift would
  /// take an equals sign before a combining mark for another character.
  static let settings = """
    SELECT r.rolname::text, s.setdatabase <> 0, split_part(x.setting, '=', 1), substr(x.setting, strpos(x.setting, '=') + 1)
    FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) AS x(setting)
    LEFT JOIN pg_roles r ON r.oid = s.setrole
    WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    """

  /// name in lower case, whether a role without SUPERUSER may set it.
  static let parameters = "SELECT lower(name), context IN ('user', 'backend') FROM pg_settings"

  /// role, its open sessions in every database.
  static let sessions = """
    SELECT usename::text, count(*) FROM pg_stat_activity WHERE usename IS NOT NULL GROUP BY usename
    """

  /// role, another database that it owns, or on which, or on a schema of which, it has a right. Only the owner of the database
  /// gives these. An account could make objects of its own there, and grant rights on them to another account, so that
  /// neither is closed.
  static let elsewhere = """
    SELECT DISTINCT pg_get_userbyid(s.refobjid)::text, d.datname::text
    FROM pg_shdepend s JOIN pg_database d ON d.oid = CASE WHEN s.dbid = 0 THEN s.objid ELSE s.dbid END
    WHERE s.refclassid = 'pg_authid'::regclass AND d.datname <> current_database()
      AND (s.dbid = 0 AND s.classid = 'pg_database'::regclass AND s.deptype IN ('a', 'o')
        OR s.dbid <> 0 AND s.classid = 'pg_namespace'::regclass AND s.deptype = 'a')
      AND EXISTS (SELECT FROM pg_auth_members m WHERE m.roleid = s.refobjid AND m.admin_option)
    ORDER BY 1, 2
    """

  static let memberships = """
    SELECT pg_get_userbyid(roleid)::text, pg_get_userbyid(member)::text, pg_get_userbyid(grantor)::text,
      admin_option, inherit_option, set_option
    FROM pg_auth_members
    """

  /// kind, schema, name, owner, row security on, row security forced.
  static let owners = """
    SELECT 'database', NULL::text, datname::text, pg_get_userbyid(datdba)::text, false, false
    FROM pg_database WHERE datname = current_database()
    UNION ALL
    SELECT 'schema', NULL, n.nspname::text, pg_get_userbyid(n.nspowner)::text, false, false
    FROM pg_namespace n WHERE \(isUserMade("n"))
    UNION ALL
    SELECT \(relationKind), n.nspname::text, c.relname::text, pg_get_userbyid(c.relowner)::text,
      c.relrowsecurity, c.relforcerowsecurity
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND \(isUserMade("c"))
    UNION ALL
    SELECT 'routine', n.nspname::text, \(routineName), pg_get_userbyid(p.proowner)::text, false, false
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE \(isUserMade("p"))
    UNION ALL
    SELECT 'large object', NULL, o.oid::text, pg_get_userbyid(o.lomowner)::text, false, false
    FROM pg_largeobject_metadata o
    """

  /// kind, schema, name: of tables, views and sequences.
  static let relations = """
    SELECT \(relationKind), n.nspname::text, c.relname::text
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND \(isUserMade("c"))
    """

  private static let relationKind =
    "CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' ELSE 'view' END"

  private static let routineName =
    "quote_ident(p.proname::text) || '(' || pg_get_function_identity_arguments(p.oid) || ')'"

  /// kind, schema, name, column, grantee (NULL for PUBLIC), grantor, privilege, grantable.
  ///
  /// It ignores what PUBLIC and the engine's own roles hold on the engine's objects while that matches the list that
  /// `initdb` recorded: `pg_database_owner` and `pg_monitor` have members.
  static let privileges = """
    SELECT o.kind, o.schema, o.name, o.attribute, CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee)::text END,
      pg_get_userbyid(a.grantor)::text, a.privilege_type::text, a.is_grantable
    FROM (\(lists)) AS o(kind, schema, name, attribute, owner, own, acl, initial_acl)
    CROSS JOIN LATERAL aclexplode(o.acl) AS a
    WHERE a.grantee <> o.owner AND (o.own OR a.grantee >= \(firstUserID) OR (NOT \(isStandardView)
      AND NOT EXISTS (
        SELECT FROM aclexplode(o.initial_acl) AS b
        WHERE b.grantee = a.grantee AND b.privilege_type = a.privilege_type)))
    """

  /// The SQL standard requires that PUBLIC may read these views. `initdb` creates them after it has recorded the
  /// initial privileges.
  private static let isStandardView =
    "(a.grantee = 0 AND coalesce(o.schema, o.name) = 'information_schema' AND a.privilege_type IN ('SELECT', 'USAGE'))"

  private static let lists = """
    SELECT 'database', NULL::text, datname::text, NULL::text, datdba, true, coalesce(datacl, acldefault('d', datdba)),
      NULL::aclitem[]
    FROM pg_database WHERE datname = current_database()
    UNION ALL
    SELECT 'schema', NULL, n.nspname::text, NULL, n.nspowner, \(isOwn("n", in: "pg_namespace")),
      coalesce(n.nspacl, acldefault('n', n.nspowner)), \(initialACL("pg_namespace", "n", "acldefault('n', n.nspowner)"))
    FROM pg_namespace n
    UNION ALL
    SELECT \(relationKind), n.nspname::text, c.relname::text, NULL, c.relowner, \(isOwn("c", in: "pg_class")),
      coalesce(c.relacl, \(relationDefault)), \(initialACL("pg_class", "c", relationDefault))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL
    SELECT \(relationKind), n.nspname::text, c.relname::text, t.attname::text, c.relowner, \(isOwn("c", in: "pg_class")),
      t.attacl,
      \(initialACL("pg_class", "c", "NULL", part: "t.attnum"))
    FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE t.attacl IS NOT NULL AND NOT t.attisdropped
    UNION ALL
    SELECT 'routine', n.nspname::text, \(routineName), NULL, p.proowner,
      \(isOwn("p", in: "pg_proc", "p.prosecdef")) OR \(isWithheld),
      coalesce(p.proacl, acldefault('f', p.proowner)), \(initialACL("pg_proc", "p", "acldefault('f', p.proowner)"))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE \(isUserMade("p")) OR \(isWithheld) OR p.proacl IS NOT NULL
    UNION ALL
    \(otherLists)
    """

  /// The lists of objects other than relations and routines. An untrusted language has no list: only superusers use it.
  private static let otherLists = """
    SELECT 'language', NULL, l.lanname::text, NULL, l.lanowner, l.oid >= \(firstUserID) AND NOT EXISTS (
        SELECT FROM pg_depend e WHERE e.classid = 'pg_language'::regclass AND e.objid = l.oid AND e.deptype = 'e'),
      coalesce(l.lanacl, acldefault('l', l.lanowner)), \(initialACL("pg_language", "l", "acldefault('l', l.lanowner)"))
    FROM pg_language l WHERE l.lanpltrusted
    UNION ALL
    SELECT 'foreign server', NULL, s.srvname::text, NULL, s.srvowner, true, s.srvacl, NULL FROM pg_foreign_server s
    UNION ALL
    SELECT 'foreign data wrapper', NULL, w.fdwname::text, NULL, w.fdwowner, true, w.fdwacl, NULL
    FROM pg_foreign_data_wrapper w
    UNION ALL
    SELECT 'large object', NULL, o.oid::text, NULL, o.lomowner, true, o.lomacl, NULL FROM pg_largeobject_metadata o
    UNION ALL
    SELECT 'parameter', NULL, p.parname, NULL, 10::oid, true, p.paracl, NULL FROM pg_parameter_acl p
    UNION ALL
    SELECT 'type', n.nspname::text, t.typname::text, NULL, t.typowner, false, t.typacl, acldefault('T', t.typowner)
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typacl IS NOT NULL
    UNION ALL
    SELECT 'tablespace', NULL, t.spcname::text, NULL, t.spcowner, true, t.spcacl, NULL FROM pg_tablespace t
    """

  private static let relationDefault =
    "acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\", c.relowner)"

  /// Whether a function is of a family that the fleet withholds from PUBLIC.
  private static let isWithheld =
    "(n.nspname = 'pg_catalog' AND p.proname IN ("
    + WithheldFunctions.names.map { "'\($0)'" }.joined(separator: ", ") + "))"

  /// The list that an object had after `initdb`, which records deviations from the defaults.
  private static func initialACL(
    _ catalog: String, _ object: String, _ otherwise: String, part: String = "0"
  ) -> String {
    "coalesce((SELECT i.initprivs FROM pg_init_privs i WHERE i.classoid = '\(catalog)'::regclass "
      + "AND i.objoid = \(object).oid AND i.objsubid = \(part)), \(otherwise))"
  }

  /// What owners grant on every object that they create from now on: kind, schema, grantee, grantor, privilege,
  /// grantable. Without an entry for routines, the built-in default applies: EXECUTE to PUBLIC.
  static let defaultPrivileges = """
    SELECT d.kind::text, d.schema, CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee)::text END,
      pg_get_userbyid(d.owner)::text, a.privilege_type::text, a.is_grantable
    FROM (
      SELECT p.defaclobjtype, n.nspname::text, p.defaclrole, p.defaclacl
      FROM pg_default_acl p LEFT JOIN pg_namespace n ON n.oid = p.defaclnamespace
      UNION ALL
      SELECT 'f', NULL, b.datdba, acldefault('f', b.datdba) FROM pg_database b
      WHERE b.datname = current_database() AND NOT EXISTS (
        SELECT FROM pg_default_acl p
        WHERE p.defaclrole = b.datdba AND p.defaclnamespace = 0 AND p.defaclobjtype = 'f')
    ) AS d(kind, schema, owner, acl)
    CROSS JOIN LATERAL aclexplode(d.acl) AS a
    WHERE a.grantee <> d.owner AND d.kind <> 'T'
    """

  /// table, name, permissive, command, roles (joined by U+001F, empty for PUBLIC), using, check.
  static func policies(in schemas: [String]) -> String {
    """
    SELECT CASE n.nspname WHEN '\(PostgresSQL.schema)' THEN '' ELSE n.nspname || '.' END || c.relname,
      p.polname::text, p.polpermissive,
      CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'
        ELSE 'ALL' END,
      (SELECT string_agg(CASE WHEN r = 0 THEN '' ELSE pg_get_userbyid(r)::text END, chr(31)) FROM unnest(p.polroles) r),
      pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN (\(schemas.map(PostgresSQL.literal).joined(separator: ", ")))
    """
  }

  /// table, kind, name, owner of each attachment.
  static let attachments = """
    SELECT c.relname::text, 'trigger', t.tgname::text, pg_get_userbyid(c.relowner)::text
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = '\(PostgresSQL.schema)' AND NOT t.tgisinternal
    UNION ALL
    SELECT c.relname::text, 'rule', r.rulename::text, pg_get_userbyid(c.relowner)::text
    FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = '\(PostgresSQL.schema)' AND c.relkind IN ('r', 'p')
    UNION ALL
    SELECT c.relname::text, 'child', quote_ident(m.nspname::text) || '.' || quote_ident(k.relname::text),
      pg_get_userbyid(k.relowner)::text
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class k ON k.oid = i.inhrelid JOIN pg_namespace m ON m.oid = k.relnamespace
    WHERE n.nspname = '\(PostgresSQL.schema)' AND c.relkind IN ('r', 'p')
    UNION ALL
    SELECT c.relname::text, CASE WHEN c.relispartition THEN 'partition' ELSE 'parent' END,
      quote_ident(m.nspname::text) || '.' || quote_ident(k.relname::text),
      pg_get_userbyid(CASE WHEN c.relispartition THEN k.relowner ELSE c.relowner END)::text
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class k ON k.oid = i.inhparent JOIN pg_namespace m ON m.oid = k.relnamespace
    WHERE n.nspname = '\(PostgresSQL.schema)' AND c.relkind IN ('r', 'p')
    """
}
