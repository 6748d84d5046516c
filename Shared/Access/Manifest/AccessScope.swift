/// What the manifest manages, and what belongs to others on the same server.
///
/// A server may have other databases, other teams' schemas, backup roles and replicas. Without a scope, the tool would
/// take all of these for drift.
package struct AccessScope: Sendable, Hashable {
  /// The treatment of what the manifest does not declare.
  package enum Mode: String, Sendable, Hashable, CaseIterable {
    /// The database and the cache are ours: undeclared rights in them are removed, undeclared objects are deviations.
    case strict
    /// The accounts and the tables are ours: what belongs to others is left alone and reported as a note.
    case adopting
    /// The manifest only adds rights: nothing is revoked, and excess rights of our own accounts stay deviations.
    case additive
  }

  /// The treatment of what the manifest does not declare.
  package var mode: Mode
  /// Roles of others, by name or prefix: neither their rights nor their attributes are changed or reported.
  package var roles: [NamePattern]
  /// Schemas of others in our database.
  package var schemas: [NamePattern]
  /// Extensions beside the trusted ones, which need no mention.
  package var extensions: [NamePattern]
  /// Cache users of others: a replica's, a sentinel's.
  package var cacheUsers: [NamePattern]
  /// Findings that are intended, as `KIND NAME`, each with its reason.
  package var accepts: [String: String]

  /// Creates a scope; without arguments, that of a database of our own.
  package init(
    mode: Mode = .strict, roles: [NamePattern] = [], schemas: [NamePattern] = [],
    extensions: [NamePattern] = [], cacheUsers: [NamePattern] = [], accepts: [String: String] = [:]
  ) {
    self.mode = mode
    self.roles = roles
    self.schemas = schemas
    self.extensions = extensions
    self.cacheUsers = cacheUsers
    self.accepts = accepts
  }
}

/// A name, or the beginning of names: `backup`, `team-b-*`.
package struct NamePattern: Sendable, Hashable {
  /// The pattern as the manifest writes it.
  package let text: String

  /// Creates a pattern.
  package init(_ text: String) {
    self.text = text
  }

  /// Whether the pattern covers `name`.
  package func matches(_ name: String) -> Bool { matches(Array(name.utf8)) }

  /// Whether the pattern covers the name of these bytes. Engines compare bytes: two names that Swift takes for equal may
  /// be two roles.
  package func matches(_ name: [UInt8]) -> Bool {
    let pattern = Array(text.utf8)
    return pattern.last == UInt8(ascii: "*")
      ? name.starts(with: pattern.dropLast()) : name == pattern
  }
}

extension [NamePattern] {
  /// Whether one of the patterns covers `name`.
  package func cover(_ name: String) -> Bool { contains { $0.matches(name) } }

  /// Whether one of the patterns covers the name of these bytes.
  package func cover(_ name: [UInt8]) -> Bool { contains { $0.matches(name) } }
}
