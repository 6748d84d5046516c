/// The steps to the target, in order; empty when the database is already there.
package struct MigrationPlan: Sendable, Hashable {
  /// Whether a step applies or reverts its migration.
  package enum Direction: String, Sendable, Hashable {
    case up
    case down
  }

  /// One migration in one direction.
  package struct Step: Sendable, Hashable {
    /// The migration.
    package let migration: Migration
    /// Whether the step applies or reverts it.
    package let direction: Direction

    /// A step in one direction.
    package init(_ migration: Migration, _ direction: Direction) {
      self.migration = migration
      self.direction = direction
    }

    /// The changes of this direction.
    package var changes: [SchemaChange] {
      switch direction {
      case .up: migration.up
      case .down: migration.down
      }
    }
  }

  /// In the order in which they run.
  package let steps: [Step]

  /// How far the database is ahead of this program; nil when it is not. A plan with a lead has no steps.
  package let lead: SchemaLead?

  /// A plan of these steps.
  package init(steps: [Step], lead: SchemaLead? = nil) {
    self.steps = steps
    self.lead = lead
  }
}

extension MigrationPlan.Step: CustomStringConvertible {
  /// `up 3 platform_integrations`.
  package var description: String { "\(direction.rawValue) \(migration.version) \(migration.name)" }
}

/// The version at which a run ends.
package enum MigrationTarget: Sendable, Hashable {
  /// Up to this version, or to the newest.
  case up(to: Int?)
  /// Down to this version, which stays applied, or by one step. Version 0 is the empty database.
  case down(to: Int?)
}

/// How far a database is ahead of a program that is compatible with it.
package struct SchemaLead: Sendable, Hashable {
  /// The newest applied version.
  package let version: Int
  /// Its name.
  package let name: String
  /// The newest version of this program.
  package let newestKnown: Int

  /// A lead of `version` over `newestKnown`.
  package init(version: Int, name: String, newestKnown: Int) {
    self.version = version
    self.name = name
    self.newestKnown = newestKnown
  }
}

extension SchemaLead: CustomStringConvertible {
  /// `the database is ahead by 1 version, at 6 (locale); this release is at 5 and is compatible with it`.
  package var description: String {
    let count = version - newestKnown
    return "the database is ahead by \(count) version\(count == 1 ? "" : "s"), at \(version) (\(name)); "
      + "this release is at \(newestKnown) and is compatible with it"
  }
}
