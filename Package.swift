// swift-tools-version:6.2
// Targets are listed bottom-up, wing by wing: a target depends only on targets above it in this file.
import PackageDescription

let settings: [SwiftSetting] = [.treatAllWarnings(as: .error)]

func shared(_ name: String, at path: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Shared/\(path)", swiftSettings: settings)
}

func program(
  _ name: String, at path: String, _ dependencies: [Target.Dependency], embedding folders: [String] = []
) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, path: "Services/\(path)",
    resources: folders.map { .embedInCode($0) }, swiftSettings: settings)
}

func support(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: settings)
}

func tests(
  _ name: String, at path: String, _ dependencies: [Target.Dependency], excluding: [String] = []
) -> Target {
  tests(name, path: "Tests/\(path)", dependencies, excluding: excluding)
}

func tests(
  _ name: String, path: String, _ dependencies: [Target.Dependency], excluding: [String] = []
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, path: path, exclude: excluding, swiftSettings: settings)
}

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
  name: "bulkhead",
  products: [
    .executable(name: "backend-api", targets: ["backend-api"]),
    .executable(name: "connector", targets: ["connector"]),
    .executable(name: "analytics", targets: ["analytics"]),
    .executable(name: "bulkhead", targets: ["bulkhead"]),
  ],
  // Exact versions: a later build of an image uses the same sources.
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: [
    // System: C libraries, a module map and a shim each, imported by exactly one target.
    .systemLibrary(name: "CLinux", path: "Shared/System/CLinux"),
    .systemLibrary(name: "CProcess", path: "Shared/System/CProcess"),
    .systemLibrary(name: "COpenSSL", path: "Shared/System/COpenSSL", pkgConfig: "openssl"),
    .systemLibrary(name: "CPostgres", path: "Shared/System/CPostgres", pkgConfig: "libpq"),
    .systemLibrary(name: "CSQLite", path: "Shared/System/CSQLite", pkgConfig: "sqlite3"),
    .systemLibrary(name: "CMariaDB", path: "Shared/System/CMariaDB", pkgConfig: "libmariadb"),
    .systemLibrary(name: "CRedis", path: "Shared/System/CRedis"),

    // Base: values, pure functions, child processes.
    shared("Secrets", at: "Base/Secrets"),
    shared("Processes", at: "Base/Processes", ["CProcess"]),
    shared("Encoding", at: "Base/Encoding"),
    shared("Collections", at: "Base/Collections"),
    shared("Schema", at: "Base/Schema"),
    shared("JSON", at: "Base/JSON", ["Encoding"]),
    shared("Clock", at: "Base/Clock", ["Schema"]),
    shared("Cryptography", at: "Base/Cryptography", ["Secrets", "Encoding", "Schema", "COpenSSL"]),

    // Net: from the event loop to the router.
    shared("EventLoop", at: "Net/EventLoop", ["Clock", "Processes", "CLinux"]),
    shared("Transport", at: "Net/Transport", ["Secrets", "Clock", "EventLoop", "Cryptography", log]),
    shared("HTTP", at: "Net/HTTP", ["Encoding"]),
    shared("Routing", at: "Net/Routing", ["HTTP", "JSON", "Encoding", "Schema", "Clock", "EventLoop"]),
    shared(
      "HTTPServer", at: "Net/HTTPServer",
      ["Collections", "EventLoop", "Transport", "HTTP", "Routing", "Encoding", "Clock", "Cryptography"]),
    shared("HTTPClient", at: "Net/HTTPClient", ["HTTP", "EventLoop", "Clock", "Cryptography"]),

    // Data: statements, pools, the cache, migrations. No engine is named here.
    shared(
      "DataAccess", at: "Data/DataAccess",
      ["Secrets", "Schema", "Encoding", "EventLoop", "Transport", "Clock", log]),
    shared("Cache", at: "Data/Cache", ["Secrets", "EventLoop", "Transport", log]),
    shared("Migrations", at: "Data/Migrations", ["Clock", "Schema", "DataAccess", "Cryptography"]),

    // Access: who may do what, what would have to change, and the proof.
    shared("AccessManifest", at: "Access/Manifest", ["Schema", yams]),
    shared("AccessLint", at: "Access/Lint", ["AccessManifest", "Encoding", "Schema"]),
    shared(
      "AccessPlanning", at: "Access/Planning",
      ["AccessManifest", "Cache", "Cryptography", "DataAccess", "Encoding", "EventLoop", "Secrets"]),
    shared(
      "AccessProof", at: "Access/Proof",
      [
        "AccessManifest", "Cache", "Cryptography", "DataAccess", "Encoding", "EventLoop", "Schema", "Secrets",
        log,
      ]),
    shared(
      "AccessAdministration", at: "Access/Administration",
      [
        "AccessLint", "AccessManifest", "AccessPlanning", "AccessProof", "Cache", "DataAccess", "EventLoop",
        "Migrations", "Schema", log,
      ]),

    // Engines: a folder each. The driver is what a service links; the administration is the tool's.
    shared(
      "PostgresDriver", at: "Engines/PostgreSQL/Driver",
      ["DataAccess", "Secrets", "EventLoop", "Transport", "Schema", "Clock", "CPostgres", log]),
    shared(
      "SQLiteDriver", at: "Engines/SQLite/Driver",
      ["DataAccess", "EventLoop", "Transport", "Schema", "JSON", "Clock", "CSQLite", log]),
    shared(
      "MariaDBDriver", at: "Engines/MariaDB/Driver",
      [
        "DataAccess", "Secrets", "Cryptography", "EventLoop", "Transport", "Schema", "Clock", "CMariaDB", log,
      ]),
    shared(
      "RedisDriver", at: "Engines/Redis/Driver",
      ["Cache", "Secrets", "EventLoop", "Transport", "Cryptography", "Clock", "CRedis", log]),
    shared("MemoryCache", at: "Engines/Memory/Driver", ["Cache", "EventLoop", "Transport", "Clock"]),
    shared(
      "PostgresAdministration", at: "Engines/PostgreSQL/Administration",
      [
        "AccessAdministration", "AccessLint", "AccessManifest", "AccessPlanning", "AccessProof",
        "Cryptography",
        "DataAccess",
        "EventLoop", "Migrations", "PostgresDriver", "Schema", "Secrets", "Encoding",
      ]),
    shared(
      "MariaDBAdministration", at: "Engines/MariaDB/Administration",
      [
        "AccessAdministration", "AccessManifest", "AccessPlanning", "AccessProof", "Cryptography",
        "DataAccess",
        "Encoding", "EventLoop", "MariaDBDriver", "Migrations", "Schema", "Secrets", "Transport", log,
      ]),
    shared(
      "SQLiteAdministration", at: "Engines/SQLite/Administration",
      [
        "AccessAdministration", "AccessManifest", "AccessPlanning", "AccessProof", "DataAccess", "Migrations",
        "SQLiteDriver",
        "Schema",
      ]),
    shared(
      "RedisAdministration", at: "Engines/Redis/Administration",
      [
        "AccessAdministration", "AccessManifest", "AccessPlanning", "AccessProof", "Cache", "Cryptography",
        "RedisDriver", "Secrets",
      ]),
    shared(
      "MemoryCacheAdministration", at: "Engines/Memory/Administration",
      ["AccessAdministration", "AccessManifest", "AccessPlanning", "AccessProof", "Cache", "MemoryCache"]),

    // Frame: the common part of every service.
    shared(
      "Runtime", at: "Frame/Runtime",
      [
        "Secrets", "Processes", "Encoding", "JSON", "EventLoop", "Schema", "Cryptography", "Transport",
        "DataAccess", "Cache", log,
      ]),
    shared(
      "Identity", at: "Frame/Identity",
      ["Collections", "Encoding", "Cryptography", "JSON", "Schema", "Routing", "HTTP"]),
    shared(
      "Service", at: "Frame/Service",
      [
        "Runtime", "HTTPServer", "HTTPClient", "Routing", "HTTP", "JSON", "Encoding", "Cryptography",
        "Identity", "Secrets",
        "DataAccess", "Cache", "Schema", "Clock", "EventLoop", "Transport", log,
      ]),

    // Programs.
    program(
      "backend-api", at: "BackendAPI",
      ["Service", "MariaDBDriver", "PostgresDriver", "SQLiteDriver", "RedisDriver", "MemoryCache"]),
    program(
      "connector", at: "Connector",
      ["Service", "MariaDBDriver", "PostgresDriver", "SQLiteDriver", "RedisDriver", "MemoryCache"]),
    program(
      "analytics", at: "Analytics",
      ["Service", "MariaDBDriver", "PostgresDriver", "SQLiteDriver", "RedisDriver", "MemoryCache"]),
    program(
      "bulkhead", at: "Bulkhead",
      [
        "Service", "Migrations", "MariaDBAdministration", "PostgresAdministration", "SQLiteAdministration",
        "RedisAdministration", "MemoryCacheAdministration", "Encoding", "Processes", arguments,
      ], embedding: ["WebConsole/Page"]),

    // Tests mirror the wings.
    support("TestSupport", ["EventLoop", "Processes", log]),
    support("ProtocolExamples", ["HTTP"]),
    support("ServerTestSupport", ["EventLoop", "HTTP", "HTTPServer", "Transport"]),
    support(
      "DatabaseTestSupport",
      [
        "TestSupport", "AccessManifest", "Secrets", "DataAccess", "EventLoop", "Transport", "Runtime",
        "Migrations", "MariaDBDriver", "PostgresDriver", "RedisDriver", "SQLiteDriver", log,
      ]),
    tests("SecretsTests", at: "Base/SecretsTests", ["Secrets"]),
    tests("ProcessesTests", at: "Base/ProcessesTests", ["Processes"]),
    tests("SchemaTests", at: "Base/SchemaTests", ["Schema"]),
    tests("JSONTests", at: "Base/JSONTests", ["JSON", "ProtocolExamples", "TestSupport"]),
    tests("CollectionsTests", at: "Base/CollectionsTests", ["Collections"]),
    tests("ClockTests", at: "Base/ClockTests", ["Clock"]),
    tests("CryptographyTests", at: "Base/CryptographyTests", ["COpenSSL", "Cryptography", "TestSupport"]),
    tests("EventLoopTests", at: "Net/EventLoopTests", ["EventLoop", "TestSupport"]),
    tests("TransportTests", at: "Net/TransportTests", ["Transport", "TestSupport"]),
    tests("HTTPTests", at: "Net/HTTPTests", ["HTTP", "ProtocolExamples", "TestSupport"]),
    tests("RoutingTests", at: "Net/RoutingTests", ["Routing", "TestSupport"]),
    tests(
      "HTTPServerTests", at: "Net/HTTPServerTests",
      ["HTTPServer", "JSON", "ProtocolExamples", "ServerTestSupport", "TestSupport"]),
    tests("HTTPClientTests", at: "Net/HTTPClientTests", ["HTTPClient", "TestSupport"]),
    tests("DataAccessTests", at: "Data/DataAccessTests", ["PostgresDriver", "SQLiteDriver", "TestSupport"]),
    tests("CacheTests", at: "Data/CacheTests", ["RedisDriver", "MemoryCache", "DatabaseTestSupport"]),
    tests("MigrationsTests", at: "Data/MigrationsTests", ["Migrations", "DatabaseTestSupport"]),
    tests("AccessManifestTests", at: "Access/AccessManifestTests", ["AccessManifest", "TestSupport", yams]),
    tests("AccessLintTests", at: "Access/AccessLintTests", ["AccessLint", "TestSupport"]),
    tests(
      "AccessPlanningTests", at: "Access/AccessPlanningTests",
      ["PostgresAdministration", "RedisAdministration", "DatabaseTestSupport"]),
    tests(
      "AccessProofTests", at: "Access/AccessProofTests",
      [
        "MariaDBAdministration", "PostgresAdministration", "SQLiteAdministration", "RedisAdministration",
        "MemoryCacheAdministration", "AccessLint", "JSON", "Migrations", "DatabaseTestSupport",
      ],
      excluding: ["ForeignSchemas"]),
    tests(
      "SQLiteDriverTests", at: "Engines/SQLiteDriverTests", ["SQLiteDriver", "TestSupport", "Processes", log]),
    tests(
      "LiveSchemaTests", at: "Engines/LiveSchemaTests",
      [
        "MariaDBAdministration", "PostgresAdministration", "SQLiteAdministration", "Migrations",
        "DatabaseTestSupport",
      ],
      excluding: ["alembic_client.py"]),
    tests(
      "PostgresAdministrationTests", at: "Engines/PostgresAdministrationTests",
      ["PostgresAdministration", "DatabaseTestSupport"]),
    tests(
      "SQLiteAdministrationTests", at: "Engines/SQLiteAdministrationTests",
      ["SQLiteAdministration", "DatabaseTestSupport"]),
    tests(
      "RedisAdministrationTests", at: "Engines/RedisAdministrationTests",
      ["RedisAdministration", "DatabaseTestSupport"]),
    tests(
      "PostgresDriverTests", at: "Engines/PostgresDriverTests", ["PostgresDriver", "DatabaseTestSupport"]),
    tests(
      "MariaDBAdministrationTests", at: "Engines/MariaDBAdministrationTests",
      ["MariaDBAdministration", "Migrations", "DatabaseTestSupport"]),
    tests("MariaDBDriverTests", at: "Engines/MariaDBDriverTests", ["MariaDBDriver", "DatabaseTestSupport"]),
    tests("DriverConformanceTests", at: "DriverConformanceTests", ["DatabaseTestSupport"]),
    tests(
      "RuntimeTests", at: "Frame/RuntimeTests",
      [
        "TestSupport", "Runtime", "AccessPlanning", "Cryptography", "PostgresDriver", "SQLiteDriver",
        "RedisDriver", "MemoryCache",
      ]),
    tests("IdentityTests", at: "Frame/IdentityTests", ["Identity", "Processes"]),
    tests(
      "ServiceTests", at: "Frame/ServiceTests",
      ["Service", "DatabaseTestSupport", "ServerTestSupport", "RedisDriver", "MemoryCache"]),
    tests("BackendAPITests", at: "Services/BackendAPITests", ["backend-api", "DatabaseTestSupport"]),
    tests(
      "ConnectorTests", at: "Services/ConnectorTests",
      ["connector", "Migrations", "DatabaseTestSupport", "ServerTestSupport"]),
    tests(
      "AnalyticsTests", at: "Services/AnalyticsTests", ["analytics", "Migrations", "DatabaseTestSupport"]),
    tests(
      "BulkheadTests", at: "Services/BulkheadTests", ["bulkhead", "DatabaseTestSupport", "Processes"]),
    tests(
      "EndToEndTests", at: "EndToEndTests",
      ["TestSupport", "HTTPClient", "JSON", "Cryptography", "PostgresDriver", "Runtime", "Schema"],
      excluding: ["Fixtures/Clients"]),
    tests(
      "FuzzTests", path: "Fuzz",
      [
        "HTTP", "JSON", "Routing", "Identity", "Cryptography", "AccessManifest", "Schema", "Cache",
        "PostgresDriver", "RedisDriver", "TestSupport",
      ],
      excluding: ["main.swift", "Seeds"]),
    tests("SanitizerTests", at: "SanitizerTests", []),
    tests("TidyTests", at: "TidyTests", []),
  ],
  swiftLanguageModes: [.v6]
)

// Only `make bench` builds it.
if Context.environment["BULKHEAD_BENCH"] != nil {
  package.targets.append(
    .executableTarget(
      name: "data-access-bench",
      dependencies: ["PostgresDriver", "DataAccess", "EventLoop", "Schema", "Secrets", "Clock", log],
      path: "Benchmarks/DataAccess", swiftSettings: settings))
  package.targets.append(
    .executableTarget(
      name: "json-bench", dependencies: ["JSON", "Clock"], path: "Benchmarks/JSON", swiftSettings: settings))
  package.targets.append(
    .executableTarget(
      name: "echo-bench",
      dependencies: [
        "Service", "Routing", "HTTP", "Identity", "JSON", "Runtime", "Cache", "SQLiteDriver", "MemoryCache",
      ],
      path: "Benchmarks/Echo", swiftSettings: settings))
}

// Only `make fuzz` builds it, with the flags of scripts/fuzz.sh. The test target of the same files makes room: SwiftPM gives a
// file to one target.
if Context.environment["BULKHEAD_FUZZ"] != nil {
  package.targets.removeAll { $0.name == "FuzzTests" }
  package.targets.append(
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "HTTP", "JSON", "Routing", "Identity", "Cryptography", "AccessManifest", "Schema", "Cache",
        "PostgresDriver",
        "RedisDriver",
      ],
      path: "Fuzz", exclude: ["FuzzTests.swift", "Seeds"], swiftSettings: settings))
}

// Only `make stress`, `make sanitize` and `make test-service` set it: the names of test targets, which are built with what they
// need, and nothing else.
if let only = Context.environment["BULKHEAD_TESTS"] {
  var needed = Set(only.split(separator: ",").map(String.init))
  // A target depends only on targets above it.
  for target in package.targets.reversed() where needed.contains(target.name) {
    for case .byNameItem(let name, _) in target.dependencies { needed.insert(name) }
  }
  package.targets.removeAll { !needed.contains($0.name) }
  package.products = []
}
