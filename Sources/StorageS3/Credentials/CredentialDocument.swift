import RegistryCore

/// What containers' and instances' credential services answer with, in JSON.
struct CredentialDocument {
    let credentials: Credentials

    private struct Document: Decodable {
        var Code: String?
        var Message: String?
        var AccessKeyId: String?
        var SecretAccessKey: String?
        var Token: String?
        var Expiration: String?
        // Containers' services write errors in lower case.
        var code: String?
        var message: String?
    }

    /// `service` is for messages.
    init(_ answer: Surroundings.Answer, from service: String) throws(CredentialError) {
        let document: Document?
        var flaw: (any Error)?
        do {
            document = try StrictJSON.decode(Document.self, from: answer.body)
        } catch {
            (document, flaw) = (nil, error)
        }
        let isTransient = answer.status == 429 || answer.status >= 500 || answer.status == 200
        let code = document?.Code ?? document?.code
        guard answer.status == 200, code == nil || code == "Success" else {
            let said = [code, document?.Message ?? document?.message].compactMap { $0 }.joined(separator: ": ")
            throw CredentialError(
                isTransient ? .unavailable : .misconfigured,
                "\(service) gives no credentials: status \(answer.status)" + (said.isEmpty ? "" : ", \(said)")
            )
        }
        guard let document else {
            throw CredentialError(.unavailable, "\(service) did not answer in JSON", cause: flaw)
        }
        guard let id = document.AccessKeyId, let secret = document.SecretAccessKey, !id.isEmpty, !secret.isEmpty else {
            throw CredentialError(.unavailable, "\(service) answered without AccessKeyId and SecretAccessKey")
        }
        var expiration: Timestamp?
        if let text = document.Expiration {
            expiration = CivilTime.timestamp(text)
            if expiration == nil {
                throw CredentialError(.unavailable, "\(service) answered with an Expiration of “\(text)”")
            }
        }
        credentials = Credentials(
            accessKeyID: id,
            secretAccessKey: secret,
            sessionToken: document.Token.flatMap { $0.isEmpty ? nil : $0 },
            expiration: expiration
        )
    }
}
