import Secrets
import Testing

@testable import PostgresDriver

/// The exchange of RFC 7677, section 3, and what a server must not get away with.
struct SCRAMExchangeTests {
  private static let nonce = "rOprNGfwEbeRWgbNEkqO"
  private static let challenge =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"

  private static func exchange() throws -> SCRAMExchange {
    try #require(SCRAMExchange(Secret("pencil"), user: "user", nonce: nonce))
  }

  @Test func `the messages are those of the standard's example`() throws {
    var exchange = try Self.exchange()
    #expect(exchange.first == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
    #expect(
      exchange.proof(for: Self.challenge)
        == "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    #expect(exchange.isProven(by: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="))
  }

  @Test(arguments: [
    "", "v=", "e=other-error", "v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=,x=1",
  ])
  func `a server that does not know the verifier proves nothing`(final: String) throws {
    var exchange = try Self.exchange()
    #expect(!exchange.isProven(by: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="))
    _ = exchange.proof(for: Self.challenge)
    #expect(!exchange.isProven(by: final))
  }

  @Test(arguments: [
    "", "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    "r=another%hvYDpWUa2RaTCAfuxFIlj,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    "r=rOprNGfwEbeRWgbNEkqO%hv,s=?,i=4096", "r=rOprNGfwEbeRWgbNEkqO%hv,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0",
    "r=rOprNGfwEbeRWgbNEkqO%hv,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1000001",
    "r=rOprNGfwEbeRWgbNEkqO%hv,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,m=extension",
    "m=ext,r=rOprNGfwEbeRWgbNEkqO%hv,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
  ])
  func `a challenge that is malformed, foreign or endless gets no proof`(challenge: String) throws {
    var exchange = try Self.exchange()
    #expect(exchange.proof(for: challenge) == nil)
  }

  @Test(arguments: ["", "p\u{E4}ssword", "tab\tstop", "\u{AA}"])
  func `a password that must be prepared stays with libpq`(password: String) {
    #expect(SCRAMExchange(Secret(password)) == nil)
  }

  @Test func `each exchange has a nonce of its own`() {
    let all = Set((0..<100).map { _ in SCRAMExchange(Secret("pencil"))?.first })
    #expect(all.count == 100)
  }
}
