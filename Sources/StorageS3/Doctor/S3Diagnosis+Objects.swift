import NIOCore
import RegistryCore

// Objects as a whole, in parts of them, and under conditions.
extension S3Diagnosis {
    private var content: [UInt8] { (0..<1024).map { UInt8(truncatingIfNeeded: $0 &* 31) } }

    func tryObjects() async -> [Finding] {
        let name = name("object")
        let put = await probe("put") {
            try await client.put(name, .buffers([ByteBuffer(bytes: content)]))
            return Finding("put", .ok, "an object of \(content.count) bytes was stored in one request")
        }
        guard put.verdict == .ok else { return [put] }
        var findings = [
            put, await probe("get") { try await get(name) }, await probe("range") { try await range(name) },
        ]
        findings.append(await keys())
        findings += await encryption(name)
        findings.append(await probe("body checks", checks))
        findings.append(await probe("conditional put") { try await conditionalPut(name) })
        findings.append(await probe("conditional get") { try await conditionalGet(name) })
        findings.append(await probe("presigned get") { try await presigned(name) })
        if let finding = await redirected(name) { findings.append(finding) }
        return findings
    }

    private func get(_ name: String) async throws -> Finding {
        guard let bytes = try await client.document(name) else {
            return Finding("get", .failed, "an object that was just stored is not there", code: .failed)
        }
        guard Array(bytes.readableBytesView) == content, try await client.size(of: name) == 1024 else {
            return Finding("get", .failed, "an object came back with other bytes or another size", code: .failed)
        }
        guard try await client.size(of: name + "-not") == nil else {
            return Finding("get", .failed, "the server says that it has an object that was never stored", code: .failed)
        }
        return Finding("get", .ok, "it came back as it was stored; one that is not there is missed")
    }

    private func range(_ name: String) async throws -> Finding {
        var call = S3Call(operation: "GetObject", method: "GET", name: name)
        call.headers = [("range", "bytes=100-199")]
        let (status, range, bytes) = try await client.send(call) { _, response in
            let bytes = try await response.body.collect(upTo: 1 << 20)
            return (response.status, response.headers["Content-Range"], Array(bytes.readableBytesView))
        }.0
        let isRight = bytes == Array(content[100..<200])
        switch (status, range.flatMap { ContentRange($0) }) {
        case (206, let range?) where isRight && range.range == 100..<200:
            return Finding("range", .ok, "206 with the bytes that were asked for")
        case (200, let range?) where isRight && range.range == 100..<200:
            return Finding("range", .ok, "200 instead of 206, with Content-Range and the right bytes, which will do")
        case (200, nil):
            return Finding(
                "range", .failed,
                "ranges are ignored: a pull that breaks off cannot go on, and clients that ask for a part get an error",
                advice: "see whether a proxy in front of the server drops the Range header", code: .failed)
        default:
            return Finding(
                "range", .failed,
                "asked for bytes 100-199, got \(bytes.count) with status \(status), "
                    + "Content-Range \(range ?? "missing")", code: .failed)
        }
    }

    /// Those of blobs have to work; the others only matter to who wants them in a prefix.
    private func keys() async -> Finding {
        func stores(_ name: String) async throws -> Bool {
            try await client.put(self.name(name), .buffers([ByteBuffer(string: name)]))
            return try await client.document(folder + name) == ByteBuffer(string: name)
        }
        return await probe("key characters") {
            let digest = String(repeating: "9f86d081", count: 8)
            guard try await stores("keys/sha256/9f/\(digest).\(UploadID())") else {
                return Finding("key characters", .failed, "a blob's key does not lead back to it", code: .failed)
            }
            let isEasy = (try? await stores("keys/a b+c%d~e=f&g?h#é")) ?? false
            return isEasy
                ? Finding("key characters", .ok, "blobs' keys, and every other character that was tried")
                : Finding(
                    "key characters", .unsupported, "blobs' keys work; spaces, punctuation or accents do not",
                    advice: "keep `prefix` to letters, digits and hyphens")
        }
    }

    /// What was configured, and what the server says it did.
    private func encryption(_ name: String) async -> [Finding] {
        let asked = [
            ("encryption", "x-amz-server-side-encryption", client.options.serverSideEncryption),
            ("storage class", "x-amz-storage-class", client.options.storageClass),
        ]
        var findings: [Finding] = []
        for case (let probe, let header, let wanted?) in asked {
            findings.append(
                await self.probe(probe) {
                    let call = S3Call(operation: "HeadObject", method: "HEAD", name: name)
                    let got = try await client.headers(call)[header]
                    // S3 does not name its usual class.
                    guard got == wanted || wanted == "STANDARD" && got == nil else {
                        let what = got.map { "says \($0)" } ?? "says nothing of it"
                        return Finding(
                            probe, .degraded, "asked for \(wanted), and the server \(what)",
                            advice: "do not count on it, or take it out of the configuration")
                    }
                    return Finding(probe, .ok, "\(wanted), as asked for")
                })
        }
        return findings
    }

    /// Whether the server notices bodies that were damaged on their way.
    private func checks() async throws -> Finding {
        func refuses(_ payload: PayloadHash, _ headers: [Header]) async throws -> Bool {
            var call = S3Call(operation: "PutObject", method: "PUT", name: name("damaged"))
            call.body = .buffers([ByteBuffer(bytes: content)])
            call.payload = payload
            call.headers = headers
            call.isRetried = false
            do {
                _ = try await client.headers(call)
                return false
            } catch let error as S3Error where error.transport == nil {
                return true
            }
        }
        let other = Array("other".utf8)
        let bySHA256 = try await refuses(PayloadHash(of: other), [])
        let byMD5 = try await refuses(
            PayloadHash(of: content), contentMD5(other).map { [("content-md5", $0)] } ?? [])
        switch (bySHA256, byMD5) {
        case (true, true):
            return Finding("body checks", .ok, "a body is refused unless it has the SHA-256 and the MD5 that were sent")
        case (true, false):
            return Finding(
                "body checks", .ok, "a body is refused unless it has the SHA-256 that was sent; MD5 is not checked")
        case (false, true):
            return Finding(
                "body checks", .unsupported,
                "a body with another SHA-256 than was signed is stored, with a wrong Content-MD5 it is refused")
        case (false, false):
            return Finding(
                "body checks", .unsupported,
                "a body with another SHA-256 or MD5 than was sent is stored: the server would not notice damage on the way"
            )
        }
    }

    private func conditionalPut(_ name: String) async throws -> Finding {
        var call = S3Call(operation: "PutObject", method: "PUT", name: name)
        call.body = .buffers([ByteBuffer(bytes: content)])
        call.payload = PayloadHash(of: content)
        call.headers = [("if-none-match", "*")]
        return try await condition("conditional put", call, "If-None-Match on PUT is ignored: objects are overwritten")
    }

    private func conditionalGet(_ name: String) async throws -> Finding {
        var call = S3Call(operation: "GetObject", method: "GET", name: name)
        call.headers = [("if-match", "\"00000000000000000000000000000000\"")]
        return try await condition("conditional get", call, "If-Match on GET is ignored")
    }

    /// `call` has to be refused with 412. The registry's keys are never used twice, so that it needs no conditions.
    private func condition(_ probe: String, _ call: S3Call, _ ignored: String) async throws -> Finding {
        do {
            _ = try await client.send(call) { _, response in try await response.body.collect(upTo: 1 << 20) }
            return Finding(probe, .unsupported, "\(ignored). registryd does not depend on it")
        } catch let error as S3Error where error.status == 412 {
            return Finding(probe, .ok, "refused with 412 as it should be")
        } catch let error as S3Error where error.status == 501 || error.status == 400 {
            return Finding(
                probe, .unsupported, "the server does not know it (\(error.code)). registryd does not use it")
        }
    }

    private func presigned(_ name: String) async throws -> Finding {
        let status = try await fetch(name, at: nil)
        guard status == 200 else {
            return Finding(
                "presigned get", .unsupported,
                "a presigned URL was answered with \(status): clients cannot be redirected to this server",
                advice: "leave `redirect` off")
        }
        return Finding("presigned get", .ok, "clients could be redirected to this server")
    }

    /// nil: clients are sent nowhere else.
    private func redirected(_ name: String) async -> Finding? {
        guard let address = redirect?.address else { return nil }
        let answer: String
        do {
            let status = try await fetch(name, at: address)
            if status == 200 { return Finding("redirect", .ok, "\(address.endpoint) hands out what was signed for it") }
            answer = "answers with \(status) to what was signed for it"
        } catch {
            answer = "is not to be reached from this machine: \((error as? TransportError)?.message ?? "\(error)")"
        }
        return Finding(
            "redirect", .degraded, "clients are sent to \(address.endpoint), which \(answer)",
            advice: "see whether clients reach it, or correct `redirect.public-endpoint`")
    }

    /// As a client does that knows nothing but a URL; the status it gets.
    private func fetch(_ name: String, at address: BucketAddress?) async throws -> Int {
        guard let url = try await client.url(of: name, at: address, expiring: .seconds(60)) else {
            throw CredentialError(.unavailable, "the credentials end within seconds")
        }
        let response = try await client.transport.send(TransportRequest("GET", url.text, deadline: .seconds(10)))
        let bytes = try await response.body.collect(upTo: 1 << 20)
        guard response.status != 200 || Array(bytes.readableBytesView) == content else {
            throw StorageError(.failed, "a presigned URL led to other bytes")
        }
        return response.status
    }
}
