/// What is asked of PostgreSQL's catalog. Every column is text or boolean or bigint, so that no driver needs to know
/// the catalog's own types.
///
/// An absent access control list means the built-in defaults, not an empty list, so it is read through `acldefault`
/// (https://www.postgresql.org/docs/16/functions-info.html). Owners' entries on their own objects are left out: an
/// owner can always give them back to itself.
enum PostgresCatalogQueries {
  /// Objects of the engine itself; what is granted on them to our accounts is read all the same.
  private static let ownSchemas =
    "(n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname NOT LIKE 'pg\\_temp%' "
    + "AND n.nspname NOT LIKE 'pg\\_toast\\_temp%')"

  static let database = "SELECT current_database()::text"

  static let roles = """
    SELECT rolname::text, rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
      rolconnlimit::bigint, coalesce(rolvaliduntil <> 'infinity', false)
    FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%'
    """

  static let settings = """
    SELECT r.rolname::text, s.setdatabase <> 0, unnest(s.setconfig)::text
    FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole
    WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
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
    FROM pg_namespace n WHERE \(ownSchemas)
    UNION ALL
    SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, n.nspname::text, c.relname::text,
      pg_get_userbyid(c.relowner)::text, c.relrowsecurity, c.relforcerowsecurity
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND \(ownSchemas)
    UNION ALL
    SELECT 'routine', n.nspname::text, \(routineName), pg_get_userbyid(p.proowner)::text, false, false
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE \(ownSchemas)
    """

  private static let routineName =
    "quote_ident(p.proname::text) || '(' || pg_get_function_identity_arguments(p.oid) || ')'"

  /// kind, schema, name, column, grantee (NULL for PUBLIC), grantor, privilege, grantable.
  static let privileges = """
    SELECT o.kind, o.schema, o.name, o.attribute, CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee)::text END,
      pg_get_userbyid(a.grantor)::text, a.privilege_type::text, a.is_grantable
    FROM (\(lists)) AS o(kind, schema, name, attribute, owner, own, acl)
    CROSS JOIN LATERAL aclexplode(o.acl) AS a
    WHERE a.grantee <> o.owner AND (o.own OR \(isOurs))
    """

  /// Grants on the engine's own objects are its own affair, unless they are to a role of this server's users.
  private static let isOurs = "a.grantee >= 16384"

  private static let lists = """
    SELECT 'database', NULL::text, datname::text, NULL::text, datdba, true, coalesce(datacl, acldefault('d', datdba))
    FROM pg_database WHERE datname = current_database()
    UNION ALL
    SELECT 'schema', NULL, n.nspname::text, NULL, n.nspowner, \(ownSchemas),
      coalesce(n.nspacl, acldefault('n', n.nspowner))
    FROM pg_namespace n
    UNION ALL
    SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, n.nspname::text, c.relname::text, NULL,
      c.relowner, \(ownSchemas),
      coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL
    SELECT 'table', n.nspname::text, c.relname::text, t.attname::text, c.relowner, \(ownSchemas), t.attacl
    FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE t.attacl IS NOT NULL AND NOT t.attisdropped
    UNION ALL
    SELECT 'routine', n.nspname::text, \(routineName), NULL, p.proowner, \(ownSchemas),
      coalesce(p.proacl, acldefault('f', p.proowner))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE \(ownSchemas) OR p.proacl IS NOT NULL
    """

  /// What the database's owner gives away of every object it makes from now on: kind, schema, grantee, grantor,
  /// privilege, grantable. Without an entry for routines the built-in default holds: EXECUTE to PUBLIC.
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
    WHERE d.owner = (SELECT datdba FROM pg_database WHERE datname = current_database())
      AND a.grantee <> d.owner AND d.kind <> 'T'
    """

  /// table, name, permissive, command, roles (joined by U+001F, empty for PUBLIC), using, check.
  static let policies = """
    SELECT c.relname::text, p.polname::text, p.polpermissive,
      CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'
        ELSE 'ALL' END,
      (SELECT string_agg(CASE WHEN r = 0 THEN '' ELSE pg_get_userbyid(r)::text END, chr(31)) FROM unnest(p.polroles) r),
      pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = '\(PostgresSQL.schema)'
    """
}
