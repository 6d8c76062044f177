// The candidate list, the candidate page, the job page and the compare page.

export function startPeople() {}
