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

/// The version at which a run ends.
package enum MigrationTarget: Sendable, Hashable {
  /// Up to this version, or to the newest.
  case up(to: Int?)
  /// Down to this version, which stays applied, or by one step. Version 0 is the empty database.
  case down(to: Int?)
}
