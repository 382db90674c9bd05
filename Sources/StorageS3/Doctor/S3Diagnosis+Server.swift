import NIOCore
import RegistryCore
import Synchronization

// Whether there is a server, whose clock it has, and whether it lets us in.
extension S3Diagnosis {
    func tryServer() async -> [Finding] {
        let sent = client.time.now()
        let response: TransportResponse
        do {
            response = try await reach()
        } catch {
            return [failed("reachability", error)]
        }
        let server = response.headers["Server"].map { "; it calls itself \($0.prefix(60))" } ?? ""
        return [
            Finding("reachability", .ok, "\(client.address.endpoint) answers\(server)"),
            clock(response, sent...max(sent, client.time.now())),
        ] + (await tryCredentials(anonymous: response.status))
    }

    /// An unsigned request for the bucket's listing. Whatever the answer is, it is one.
    private func reach() async throws(TransportError) -> TransportResponse {
        let target = client.address.target(["list-type": "2", "max-keys": "1"])
        let response = try await client.transport.send(TransportRequest("GET", target.url, deadline: .seconds(10)))
        _ = try? await response.body.collect(upTo: 1 << 20)
        return response
    }

    /// - Parameter span: from the request to the end of its answer, by our clock.
    private func clock(_ response: TransportResponse, _ span: ClosedRange<Timestamp>) -> Finding {
        guard let server = response.headers["Date"].flatMap(httpDate) else {
            return Finding("clock", .unsupported, "the server does not say what time it has")
        }
        // It is of some moment in between, in whole seconds.
        let moment = min(max(server, span.lowerBound), span.upperBound)
        let seconds = (server.milliseconds - moment.milliseconds) / 1000
        guard abs(seconds) > 5 else { return Finding("clock", .ok, "agrees with the server's") }
        let side = seconds > 0 ? "behind" : "ahead of"
        let what = "this machine's clock is \(abs(seconds)) s \(side) the server's"
        let meaning =
            abs(seconds) > 15 * 60
            ? "; the server refuses such signatures, so registryd signs with the server's time" : ""
        return Finding("clock", .degraded, what + meaning, advice: "set the clock (NTP)")
    }

    private func tryCredentials(anonymous: Int) async -> [Finding] {
        let place = client.place.withLock { $0 }
        do {
            try await client.confirm()
        } catch {
            return [refusal(error)]
        }
        var findings = [await signature()]
        if (200..<300).contains(anonymous) {
            findings.append(
                Finding(
                    "bucket", .degraded, "\(place.address.bucket) is there, and everybody may list it",
                    advice: "make the bucket private"))
        } else {
            findings.append(Finding("bucket", .ok, "\(place.address.bucket) is there, and may be listed"))
        }
        let region = client.place.withLock { $0 }.region
        if region != place.region {
            findings.append(
                Finding(
                    "region", .degraded, "the bucket is in \(region), and the configuration says \(place.region)",
                    advice: "set `region: \(region)`"))
        }
        findings.append(await probe("marker", marker))
        return findings
    }

    /// What it is that was refused.
    private func refusal(_ error: any Error) -> Finding {
        guard let error = error as? S3Error else { return failed("credentials", error) }
        let probe =
            switch error.code {
            case "NoSuchBucket", "InvalidBucketName": "bucket"
            case "AccessDenied", "AllAccessDisabled", "AccountProblem": "permission"
            case S3Error.notS3: "protocol"
            case "RequestTimeTooSkewed", "RequestExpired": "clock"
            default: error.isAboutRegion ? "region" : error.transport == nil ? "signature" : "reachability"
            }
        return failed(probe, error)
    }

    /// The right secret works; does a wrong one?
    private func signature() async -> Finding {
        await probe("signature") {
            let credentials = try await client.credentials.credentials()
            let forged = Credentials(
                accessKeyID: credentials.accessKeyID,
                secretAccessKey: credentials.secretAccessKey + "-",
                sessionToken: credentials.sessionToken
            )
            let target = client.address.target(["list-type": "2", "max-keys": "1"])
            let time = Timestamp(milliseconds: client.time.now().milliseconds + client.skew.current)
            let headers = client.signer(for: client.place.withLock { $0.region })
                .sign("GET", target, payload: .empty, as: forged, at: time)
            let response = try await client.transport.send(
                TransportRequest(
                    "GET", target.url, headers: TransportHeaders(headers.map { ($0.name, $0.value) }),
                    deadline: .seconds(10)))
            _ = try? await response.body.collect(upTo: 1 << 20)
            guard (200..<300).contains(response.status) else {
                return Finding("signature", .ok, "the credentials are right, and a wrong secret is refused")
            }
            return Finding(
                "signature", .degraded,
                "the server does not check signatures: whoever reaches it can read and write everything",
                advice: "switch on its authentication, or shut it off from others")
        }
    }

    private func marker() async throws -> Finding {
        let name = client.address.markerName
        guard let bytes = try await client.document(name) else {
            return Finding("marker", .ok, "\(name) is not there yet; `registryd serve` writes it when it starts")
        }
        guard let id = S3Storage.installation(bytes) else {
            return Finding(
                "marker", .failed, "\(name) is not what this release of registryd writes there",
                advice: "give the backend a `prefix` of its own", code: .misconfigured)
        }
        return Finding("marker", .ok, "installation \(id)")
    }
}
