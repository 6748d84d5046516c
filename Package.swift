// swift-tools-version:6.2
// Targets are listed bottom-up: a target depends only on targets above it in this file.
import PackageDescription

let settings: [SwiftSetting] = [.treatAllWarnings(as: .error)]

func shared(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil) -> Target {
  .target(name: name, dependencies: dependencies, path: path ?? "Shared/\(name)", swiftSettings: settings)
}

func program(_ name: String, _ folder: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, path: "Services/\(folder)", swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], excluding: [String] = []) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: excluding, swiftSettings: settings
  )
}

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
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
  // To the letter: an image that is built again next year stands on the same sources.
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: [
    // C libraries: a module map and a shim each, imported by exactly one target.
    .systemLibrary(name: "CLinux", path: "Shared/System/CLinux"),
    .systemLibrary(name: "COpenSSL", path: "Shared/System/COpenSSL", pkgConfig: "openssl"),
    .systemLibrary(name: "CPostgres", path: "Shared/System/CPostgres", pkgConfig: "libpq"),
    .systemLibrary(name: "CSQLite", path: "Shared/System/CSQLite", pkgConfig: "sqlite3"),
    .systemLibrary(name: "CRedis", path: "Shared/System/CRedis"),

    // Values and pure machinery: no I/O.
    shared("Secrets"),
    shared("Schema"),
    shared("JSON"),
    shared("HTTP"),
    shared("Routing", ["HTTP", "JSON"]),
    shared("AccessManifest", ["Schema", yams]),

    // The machine: loops, sockets, cryptography.
    shared("EventLoop", ["CLinux"]),
    shared("Sockets", ["EventLoop"]),
    shared("HTTPServer", ["EventLoop", "Sockets", "HTTP", "Routing"]),
    shared("HTTPClient", ["HTTP", "EventLoop"]),
    shared("Cryptography", ["COpenSSL"]),
    shared("Identity", ["Cryptography", "JSON", "Routing", "HTTP"]),

    // The database and the cache.
    shared("DataAccess", ["Secrets", "Schema", "EventLoop", log]),
    shared(
      "PostgresDriver", ["DataAccess", "EventLoop", "Schema", "CPostgres", log],
      path: "Shared/Drivers/Postgres"),
    shared(
      "SQLiteDriver", ["DataAccess", "EventLoop", "Schema", "JSON", "CSQLite"], path: "Shared/Drivers/SQLite"),
    shared("Cache", ["Secrets", "EventLoop", "Sockets", "Cryptography", "CRedis", log]),
    shared("Migrations", ["Schema", "DataAccess", "Cryptography"]),
    shared(
      "Grants",
      [
        "Secrets", "AccessManifest", "EventLoop", "Schema", "DataAccess", "SQLiteDriver", "Cache",
        "Cryptography",
      ]),
    shared("Isolation", ["AccessManifest", "EventLoop", "Schema", "DataAccess", "Cache", log]),

    // The frame every service stands in.
    shared("Runtime", ["Secrets", "EventLoop", "Schema", log, coreMetrics]),
    shared(
      "Service",
      [
        "Runtime", "HTTPServer", "HTTPClient", "Routing", "HTTP", "JSON", "Cryptography", "Identity",
        "DataAccess",
        "Cache", "Schema", "EventLoop", "Sockets", log,
      ]),

    // Programs.
    program(
      "backend-api", "BackendAPI",
      ["Service", "Cryptography", "PostgresDriver", "SQLiteDriver"]),
    program(
      "connector", "Connector",
      ["Service", "Cryptography", "PostgresDriver", "SQLiteDriver"]),
    program(
      "analytics", "Analytics",
      ["Service", "PostgresDriver", "SQLiteDriver"]),
    program(
      "bulkhead", "Bulkhead",
      [
        "AccessManifest", "Grants", "Isolation", "Migrations", "Runtime", "Service", "HTTPClient",
        "PostgresDriver",
        "SQLiteDriver", "Cache", "Identity", "Cryptography", "JSON", arguments, log,
      ]),

    // Tests mirror the targets.
    .target(
      name: "Support",
      dependencies: ["Secrets", "DataAccess", "EventLoop", "Runtime", "PostgresDriver", "SQLiteDriver", log],
      path: "Tests/Support", swiftSettings: settings),
    tests("SecretsTests", ["Secrets"]),
    tests("SchemaTests", ["Schema"]),
    tests("JSONTests", ["JSON"]),
    tests("HTTPTests", ["HTTP"]),
    tests("RoutingTests", ["Routing"]),
    tests("AccessManifestTests", ["AccessManifest"]),
    tests("EventLoopTests", ["EventLoop"]),
    tests("SocketsTests", ["Sockets"]),
    tests("HTTPServerTests", ["HTTPServer"]),
    tests("HTTPClientTests", ["HTTPClient", "HTTP"]),
    tests("CryptographyTests", ["Cryptography"]),
    tests("IdentityTests", ["Identity", "Cryptography", "JSON", "HTTP", "Routing"]),
    tests("DataAccessTests", ["DataAccess", "EventLoop", "Schema", log]),
    tests("DriverConformanceTests", ["Support", "DataAccess", "Schema"]),
    tests("SQLiteDriverTests", ["SQLiteDriver", "DataAccess", "EventLoop", "Schema", log]),
    tests("PostgresDriverTests", ["PostgresDriver", "Support", "DataAccess", "Schema", "Secrets", log]),
    tests("CacheTests", ["Cache", "Secrets", "EventLoop", "Sockets", "Support", log]),
    tests("MigrationsTests", ["Migrations", "Support"]),
    tests("GrantsTests", ["Grants", "AccessManifest", "Cache", "SQLiteDriver", "Secrets", "Support"]),
    tests(
      "IsolationTests",
      [
        "Isolation", "Grants", "AccessManifest", "Cache", "DataAccess", "EventLoop", "Migrations",
        "PostgresDriver",
        "SQLiteDriver", "Schema", "Secrets", "Support", log,
      ]),
    tests("RuntimeTests", ["Runtime"]),
    tests("ServiceTests", ["Service", "Support"]),
    tests(
      "BackendAPITests",
      ["backend-api", "Service", "Identity", "Cryptography", "Cache", "Migrations", "Support", log]),
    tests("ConnectorTests", ["connector", "Service", "Cryptography", "Cache", "Migrations", "Support", log]),
    tests("AnalyticsTests", ["analytics", "Service", "Cache", "Migrations", "Support", log]),
    tests(
      "EndToEndTests", ["HTTP", "HTTPClient", "JSON", "Cryptography", "Runtime"],
      excluding: ["Fixtures/pydal_client.py"]),
    tests("TidyTests", []),
  ],
  swiftLanguageModes: [.v6]
)
