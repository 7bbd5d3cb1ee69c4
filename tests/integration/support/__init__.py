# SPDX-License-Identifier: Apache-2.0
"""What the integration and browser tests share: real processes, a vendor, a receiver, and collectors written in Python."""
