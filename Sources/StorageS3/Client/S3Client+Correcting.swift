import Logging
import RegistryCore
import Synchronization

// What a refusal teaches: the time, the region, that the credentials were replaced.
extension S3Client {
    /// True: the next attempt differs from this one, so there is no need to wait for it.
    func correct(after error: S3Error, _ attempt: Attempt) async -> Bool {
        if error.isAboutRegion, correctPlace(error, attempt.place) { return true }
        if error.mayBeClock, correctClock(error, attempt) { return true }
        guard error.isAboutCredentials else { return false }
        credentials.refused(attempt.credentials)
        // Another failure is the next attempt's to report.
        guard let others = try? await credentials.credentials() else { return false }
        return others != attempt.credentials
    }

    private func correctClock(_ error: S3Error, _ attempt: Attempt) -> Bool {
        guard let server = error.serverTime,
            let correction = skew.correct(attempt.signed, using: attempt.skew, to: server)
        else { return false }
        if correction.isNews {
            logger.warning(
                "this machine's clock is off; signing with the S3 server's time. Set the clock (NTP)",
                metadata: ["seconds": "\(correction.distance / 1000)", "server": "\(attempt.place.address.endpoint)"])
        }
        return true
    }

    private func correctPlace(_ error: S3Error, _ used: Place) -> Bool {
        guard let region = error.region else { return false }
        let isRedirect = error.status == 301 || error.status == 307
        guard let corrected = used.corrected(to: region, isRedirect: isRedirect) else { return false }
        let isNews = place.withLock { place in
            guard place == used else { return false }
            place = corrected
            return true
        }
        if isNews {
            logger.warning(
                "the bucket is in another region than the configuration says; set `region: \(region)`",
                metadata: ["bucket": "\(used.address.bucket)", "configured": "\(used.region)"])
        }
        return true
    }
}
