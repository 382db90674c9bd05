internal import COpenSSL
internal import NIOCore
internal import NIOSSL
internal import RegistryCore

/// The user whom a client's certificate names. That the certificate is good, the handshake has made sure of.
enum ClientCertificate {
    /// The common name of the subject; nil: there is no certificate, or it does not name one user.
    static func user(of channel: any Channel) -> UserName? {
        guard let handler = try? channel.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self),
            let presented = handler.peerCertificate, let bytes = try? presented.toDERBytes()
        else { return nil }
        return user(of: bytes)
    }

    /// - Parameter bytes: the certificate in DER.
    static func user(of bytes: [UInt8]) -> UserName? {
        // What OpenSSL complains of is nobody's business here, but must not be left for others to find.
        defer { ERR_clear_error() }
        guard let text = commonName(of: bytes), let name = String(validating: text, as: UTF8.self),
            // In C a name would end there.
            !text.contains(0)
        else { return nil }
        return UserName(name)
    }

    /// In UTF-8; nil: there is none, or more than one.
    private static func commonName(of bytes: [UInt8]) -> [UInt8]? {
        let certificate = bytes.withUnsafeBufferPointer { bytes -> OpaquePointer? in
            guard let start = bytes.baseAddress else { return nil }
            var next: UnsafePointer<UInt8>? = start
            guard let certificate = d2i_X509(nil, &next, bytes.count) else { return nil }
            guard next == start + bytes.count else {
                X509_free(certificate)
                return nil
            }
            return certificate
        }
        guard let certificate else { return nil }
        defer { X509_free(certificate) }
        guard let subject = X509_get_subject_name(certificate) else { return nil }
        let index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1)
        // Of two names one would have to be believed.
        guard index >= 0, X509_NAME_get_index_by_NID(subject, NID_commonName, index) == -1 else { return nil }
        var text: UnsafeMutablePointer<UInt8>?
        let count = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)))
        guard count >= 0, let text else { return nil }
        defer { CRYPTO_free(text, nil, 0) }
        return Array(UnsafeBufferPointer(start: text, count: Int(count)))
    }
}
