internal import NIOCore
internal import NIOSSL
internal import RegistryCore
internal import SwiftASN1
internal import X509

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
        guard let certificate = try? Certificate(derEncoded: bytes) else { return nil }
        let names = certificate.subject.flatMap { $0 }.filter { $0.type == .RDNAttributeType.commonName }
        // Of two names one would have to be believed.
        guard names.count == 1, let text = String(names[0].value) else { return nil }
        return UserName(text)
    }
}
