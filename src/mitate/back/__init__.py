"""Low back pain: from what was seen and answered to likely mechanical causes, red flags first."""
