import Cryptography
import Transport

extension ListenerSettings {
  private static let certificateVariable = "HTTP_TLS_CERT_FILE"
  private static let keyVariable = "HTTP_TLS_KEY_FILE"
  private static let authoritiesVariable = "HTTP_TLS_CLIENT_CA_FILE"

  /// Reads the paths and the files. A file that is missing or unusable is a problem of its variable, and the listener
  /// never falls back to plain HTTP.
  static func certificates(_ environment: inout EnvironmentReader) -> ServerCertificates? {
    let known = environment.problems.count
    let authorities = environment.optionalPath(authoritiesVariable)
    let certificate = environment.optionalPath(certificateVariable)
    let key = environment.optionalPath(keyVariable)
    guard environment.problems.count == known else { return nil }
    switch (certificate, key) {
    case (nil, nil):
      if authorities != nil {
        environment.report(authoritiesVariable, "needs \(certificateVariable) and \(keyVariable)")
      }
    case (_?, nil): environment.report(keyVariable, "is not set, and \(certificateVariable) is: set both")
    case (nil, _?): environment.report(certificateVariable, "is not set, and \(keyVariable) is: set both")
    case (let certificate?, let key?):
      return load(
        CertificateFiles(certificate: certificate, key: key, clientAuthorities: authorities), &environment)
    }
    return nil
  }

  private static func load(
    _ files: CertificateFiles, _ environment: inout EnvironmentReader
  ) -> ServerCertificates? {
    do throws(ListenerFileError) {
      return try ServerCertificates(checking: files)
    } catch {
      environment.report(variable(of: error.purpose), "\(error.error)")
      return nil
    }
  }

  private static func variable(of purpose: CertificateFiles.Purpose) -> String {
    switch purpose {
    case .certificate: certificateVariable
    case .key: keyVariable
    case .clientAuthorities: authoritiesVariable
    }
  }
}
