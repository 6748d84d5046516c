import CPostgres

/// The variables of the environment that libpq reads by itself.
///
/// Each parameter that a connection does not set has its value from one of them: `PGHOSTADDR` and `PGSERVICE` lead to another
/// server than `DB_HOST` names. See the libpq manual, "Environment Variables".
enum LibraryVariables {
  /// The names: those of the parameters of the installed libpq, and those that belong to no parameter.
  static let names: [String] = Set(ofParameters + ofNoParameter).sorted()

  private static let ofNoParameter = [
    "PGSERVICEFILE", "PGSYSCONFDIR", "PGLOCALEDIR", "PGREQUIRESSL", "PGDATESTYLE", "PGTZ", "PGGEQO",
  ]

  private static var ofParameters: [String] {
    guard let parameters = PQconndefaults() else { return [] }
    defer { PQconninfoFree(parameters) }
    var names: [String] = []
    var parameter = parameters
    while parameter.pointee.keyword != nil {
      if let name = parameter.pointee.envvar { names.append(String(cString: name)) }
      parameter += 1
    }
    return names
  }
}
