import Testing

/// Everything that needs a fleet which nobody disturbs. The suites in it share one fleet for each engine.
@Suite(.fleets(on: .embedded, .servers))
struct FleetTests {}
