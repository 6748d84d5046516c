/// What would have to be done, in order; nothing when the database is where it shall be.
package struct MigrationPlan: Sendable, Hashable {
  /// Which way a migration is taken.
  package enum Direction: String, Sendable, Hashable {
    case up
    case down
  }

  /// One migration, taken one way.
  package struct Step: Sendable, Hashable {
    /// The migration.
    package let migration: Migration
    /// Which way it is taken.
    package let direction: Direction

    /// A step in one direction.
    package init(_ migration: Migration, _ direction: Direction) {
      self.migration = migration
      self.direction = direction
    }

    /// The changes of this way.
    package var changes: [SchemaChange] {
      switch direction {
      case .up: migration.up
      case .down: migration.down
      }
    }
  }

  /// In the order in which they are to be taken.
  package let steps: [Step]

  /// How far the database is ahead of this program, where it is; then there are no steps.
  package let lead: SchemaLead?

  /// A plan of these steps.
  package init(steps: [Step], lead: SchemaLead? = nil) {
    self.steps = steps
    self.lead = lead
  }
}

/// Where a run shall end.
package enum MigrationTarget: Sendable, Hashable {
  /// Up to this version, or to the newest.
  case up(to: Int?)
  /// Down to this version, which stays applied, or by one step. Version 0 is the empty database.
  case down(to: Int?)
}
