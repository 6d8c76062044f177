// Everything the console's own pages need. Each module looks for its own data- attributes and does nothing without them.
import { startCandidateChat } from "./candidate_chat.js";
import { startConfirmations, startCopying } from "./confirm.js";
import { startDashboard } from "./dashboard.js";
import { startIntake } from "./intake_live.js";
import { startInterviews } from "./interviews.js";
import { startLiveImports } from "./live_imports.js";
import { startMapping } from "./mapping.js";
import { startPeople } from "./people.js";
import { toast } from "./toast.js";
import { startUploads } from "./upload.js";
import { csrfToken, number, usd, tierColours } from "./values.js";

// For inline scripts of other pages of the console.
window.greenroom = { toast, number, usd, tierColours, csrfToken };

document.addEventListener("DOMContentLoaded", () => {
  startConfirmations();
  startCandidateChat();
  startCopying(toast);
  startUploads();
  startMapping();
  startLiveImports();
  startDashboard();
  startPeople();
  startInterviews();
  startIntake();
});
