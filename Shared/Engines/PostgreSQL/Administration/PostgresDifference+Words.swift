extension PostgresMembership {
  var options: String {
    let parts = [
      canAdminister ? "with admin option" : nil, inherits ? "inherits its rights" : nil,
      canSet ? "may set role to it" : nil,
    ].compactMap { $0 }
    return parts.isEmpty ? "without any option" : parts.joined(separator: ", ")
  }
}

extension RowSecurity {
  var words: String {
    switch (isEnabled, isForced) {
    case (true, true): "on, including the owner"
    case (true, false): "on, excluding the owner"
    case (false, true): "off, though forced"
    case (false, false): "off"
    }
  }
}

extension PostgresPolicy {
  /// The policy without its table and name.
  var words: String {
    var parts = [
      "\(isPermissive ? "" : "restrictive, ")\(command.rawValue) to \(roles.joined(separator: ", "))"
    ]
    if let using { parts.append("reading \(using)") }
    if let check { parts.append("writing \(check)") }
    return parts.joined(separator: ", ")
  }
}

extension PostgresPrivilege {
  /// The privilege with its column, its object and its option.
  var readable: String {
    let verb = column.map { "\(privilege) (\($0))" } ?? privilege
    let place = object.isFuture ? object.displayName : "\(object.kind.rawValue) \(object.displayName)"
    return "\(verb) on \(place)\(isGrantable ? " with grant option" : "")"
  }
}
