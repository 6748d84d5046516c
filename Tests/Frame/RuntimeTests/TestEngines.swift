import DataAccess
import MemoryCache
import PostgresDriver
import RedisDriver
import Runtime
import SQLiteDriver
import Transport

/// The engines of the fleet, and one more server engine with its own port and schemes.
enum TestEngines {
  static let fleet = EngineRegistry(
    databases: [PostgresEngine(), SQLiteEngine()], caches: [RedisEngine(), MemoryCacheEngine()])
  static let withAnother = EngineRegistry(
    databases: fleet.databases + [AnotherEngine()], caches: fleet.caches)
}

/// An engine that only the tests have. The settings treat it as any other engine.
struct AnotherEngine: DatabaseEngine {
  let name = "another"
  let urlSchemes = ["another", "other"]
  let location = EngineLocation.server(defaultPort: 3306)
  let dialect = Dialect.postgreSQL
  let pinsServerKeys = true

  func driver(_ configuration: DatabaseConfiguration) -> any DatabaseDriver {
    PostgresDriver(configuration: configuration)
  }
}

/// A certificate that can be read.
enum TestCertificate {
  static let pem = """
    -----BEGIN CERTIFICATE-----
    MIIBdTCCARugAwIBAgIUKpN0ygFtqH7EL6yKNuAtit/VEwswCgYIKoZIzj0EAwIw
    DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMzAxNDUyMjZaGA8yMTI2MTEwNjE0NTIy
    NlowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABG99
    unMIP008Kjm/Cq21NsqOpHs4SYofx6T9nYyMX5jKVdPAZYJYKk2oZSR9xd/SgSWW
    TMG+eUzC0a3BU14GryGjUzBRMB0GA1UdDgQWBBQemFgqmgHqWVYUucw1U2IQA+82
    NTAfBgNVHSMEGDAWgBQemFgqmgHqWVYUucw1U2IQA+82NTAPBgNVHRMBAf8EBTAD
    AQH/MAoGCCqGSM49BAMCA0gAMEUCIQCaJE+ry4tpwgNdMeNgpG1WkKU/xDU/Z56l
    7kOPiGF8DAIgd7vEVTV6Rom1YnCmQ3gIPdBKPwwGiETg1p1sfBOPKbk=
    -----END CERTIFICATE-----
    """
}
